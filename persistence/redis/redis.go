package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.opentelemetry.io/otel/trace"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Embedded as Options.URL runs a server inside the process.
const Embedded = "embedded"

// Options say where Redis is.
type Options struct {
	// URL is redis://…, rediss://…, unix://…, or Embedded.
	URL string
	// Logger takes warnings; nil: none.
	Logger *slog.Logger
	// TracerProvider takes a span of every call; nil: none is made.
	TracerProvider trace.TracerProvider
}

const (
	dialTimeout = 2 * time.Second
	callTimeout = 2 * time.Second // of a read or write without an earlier deadline
	retryAfter  = time.Second
)

// Client is persistence.Signals, persistence.LoginCodes and persistence.Limiter.
type Client struct {
	redis   *redis.Client
	limiter *redis_rate.Limiter
	server  *server // nil: not embedded
	logger  *slog.Logger
}

var _ persistence.Signals = (*Client)(nil)

// Open connects and makes sure that Redis answers.
func Open(ctx context.Context, o Options) (*Client, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{logger: o.Logger}
	if o.URL == Embedded {
		s, err := startServer()
		if err != nil {
			return nil, fmt.Errorf("start embedded redis: %w", err)
		}
		c.server, o.URL = s, s.url()
	}
	opts, err := redis.ParseURL(o.URL)
	if err != nil {
		c.server.close()
		return nil, fmt.Errorf("redis url: %w", err)
	}
	opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout = dialTimeout, callTimeout, callTimeout
	opts.ContextTimeoutEnabled = true
	// Upgrade notices of one vendor's cloud: other servers answer them with errors.
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	c.redis = redis.NewClient(opts)
	c.limiter = redis_rate.NewLimiter(c.redis)
	if o.TracerProvider != nil { // of the commands' names: their keys and values are people's
		err := redisotel.InstrumentTracing(c.redis, redisotel.WithTracerProvider(o.TracerProvider),
			redisotel.WithDBStatement(false), redisotel.WithCallerEnabled(false))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("trace redis: %w", err), c.Close())
		}
	}
	if err := c.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open redis: %w", err), c.Close())
	}
	return c, nil
}

// Ping implements persistence.Signals.
func (c *Client) Ping(ctx context.Context) error { return translate(ctx, c.redis.Ping(ctx).Err()) }

// Close ends the connections and the embedded server.
func (c *Client) Close() error {
	defer c.server.close()
	if err := c.redis.Close(); err != nil {
		return fmt.Errorf("close redis: %w", err)
	}
	return nil
}

// translate is the one table from what the driver says to social.Error.
func translate(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &social.Error{Code: social.CodeTimeout, Message: "Redis did not answer in time.", Cause: err}
	}
	return &social.Error{
		Code: social.CodeUnavailable, Message: "Redis cannot be reached right now.", RetryAfter: retryAfter, Cause: err,
	}
}
