package plain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

// stopTimeout bounds the end of a server: no request takes longer.
const stopTimeout = 10 * time.Second

// requestTimeout is cmd/swiper's default.
const requestTimeout = 5 * time.Second

// storeConns is enough for what no design is measured by.
const storeConns = 4

// ServeOptions of Serve. All are required.
type ServeOptions struct {
	Options
	AuthKey []byte // signs access tokens, at least 32 bytes
	Listen  string // host:port
	Logger  *slog.Logger
}

// Serve offers the public API over one design until ctx ends. What is around the
// design is put together as cmd/swiper does: accounts, tunables, limits, metrics.
func Serve(ctx context.Context, o ServeOptions) (err error) {
	db, err := postgres.Open(ctx, postgres.Options{URL: o.URL, MaxConns: storeConns, Logger: o.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	signals, err := redis.Open(ctx, redis.Options{URL: redis.Embedded, Logger: o.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, signals.Close()) }()
	design, closeDesign, err := New(ctx, o.Options)
	if err != nil {
		return err
	}
	defer closeDesign()

	tunables := config.NewTunables(config.TunablesOptions{Store: db, Signals: signals, Now: time.Now, Logger: o.Logger})
	if err := tunables.Refresh(ctx); err != nil {
		return fmt.Errorf("read the tunables: %w", err)
	}
	vault, err := accounts.NewVault([][]byte{o.AuthKey}) // seals nothing: nobody logs in here
	if err != nil {
		return err
	}
	people, err := accounts.New(accounts.Options{
		Store: db, Codes: signals, Limiter: signals, Signals: signals, Sender: accounts.NewConsole(io.Discard), Vault: vault,
		Tokens: accounts.NewTokens(o.AuthKey, time.Now), Rules: tunables.Rules, Now: time.Now, Logger: o.Logger,
		Erasure: func(social.UserID, time.Time) (persistence.Task, error) { return persistence.Task{}, errNobodyLeaves },
		Farewell: func(context.Context, social.UserID, time.Time, string) ([]persistence.Task, error) {
			return nil, errNobodyLeaves
		},
	})
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	cursorKey := sha256.Sum256(o.AuthKey)
	handler, err := api.New(api.Options{ //nolint:contextcheck // handlers get their context with each request
		Actors: design, Store: db, Accounts: people, Rules: tunables.Rules, Now: time.Now, CursorKey: cursorKey[:],
		RequestTimeout: requestTimeout, Limiter: signals, Logger: o.Logger, Registerer: registry,
	})
	if err != nil {
		return err
	}
	return run(ctx, o, handler, tunables.Run, people.Run)
}

var errNobodyLeaves = errors.New("plain: nobody deletes an account in a comparison")

// run serves h with the parts beside it; all end with ctx, or with the first of them.
func run(ctx context.Context, o ServeOptions, h *api.Public, parts ...func(context.Context) error) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := api.NewServer(o.Listen, h, requestTimeout, o.Logger)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, len(parts)+1)
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	go func() { ended <- server.Serve(h.Listen(listener)) }()

	var errs []error
	left := cap(ended)
	select {
	case <-ctx.Done():
	case err := <-ended:
		errs, left = append(errs, err), left-1
	}
	cancel()
	limit, done := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer done()
	errs = append(errs, server.Shutdown(limit))
	for range left {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
