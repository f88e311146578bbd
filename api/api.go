package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Bounds of what a client may send and how much is handled at a time.
const (
	maxBody               = 64 << 10
	defaultRequestTimeout = 5 * time.Second
	defaultMaxInFlight    = 8192
)

// Actors is what the API asks of the actor system. Errors are *social.Error.
type Actors interface {
	Swipe(ctx context.Context, s social.Swipe) (social.SwipeResult, error)
	Rewind(ctx context.Context, uid social.UserID) (social.RewindResult, error)
	// Deal gives at most limit cards; 0 stands for the rules' deck size.
	Deal(ctx context.Context, uid social.UserID, limit int) ([]social.Card, error)
	Unfriend(ctx context.Context, uid, sid social.UserID) error
}

// Store is what the API reads and changes without an actor; see persistence
// for the contract of each.
type Store interface {
	User(ctx context.Context, id social.UserID) (social.User, error)
	UpdateProfile(ctx context.Context, id social.UserID, patch social.ProfilePatch, today social.Date) (social.User, error)
	Friends(ctx context.Context, uid social.UserID, after persistence.FriendCursor, limit int) ([]persistence.Friend, error)
	Friend(ctx context.Context, uid, sid social.UserID) (persistence.Friend, error)
	LikesOf(ctx context.Context, uid social.UserID, after persistence.LikeCursor, limit int) ([]persistence.Like, error)
	QuotasUsed(ctx context.Context, uid social.UserID, day social.Date) (map[social.Action]int, error)
}

// Options of New. Actors, Store, Rules, Tokens, CursorKey and Registerer are required.
type Options struct {
	Actors Actors
	Store  Store
	Rules  func() *social.Rules // a snapshot of the rules in force
	Now    func() time.Time     // nil: time.Now
	Tokens *Tokens
	// CursorKey signs cursors; every node of a cluster has the same. At least 16 bytes.
	CursorKey []byte
	// TrustedProxies are addresses or CIDR blocks whose X-Forwarded-For is believed.
	TrustedProxies []string
	RequestTimeout time.Duration // how long a request may be handled; 0: 5 s
	MaxInFlight    int64         // requests handled at a time, more are refused; 0: 8192
	Logger         *slog.Logger  // nil: discards
	Registerer     prometheus.Registerer
}

func (o *Options) complete() error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = defaultRequestTimeout
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = defaultMaxInFlight
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Actors == nil || o.Store == nil || o.Rules == nil || o.Tokens == nil || o.Registerer == nil {
		return errors.New("api: Actors, Store, Rules, Tokens and Registerer are required")
	}
	if len(o.CursorKey) < minKey {
		return fmt.Errorf("api: CursorKey has %d bytes, at least %d are needed", len(o.CursorKey), minKey)
	}
	return nil
}

// service is what the handlers share.
type service struct {
	Options
	huma    huma.API
	cursors cursors
}

// New makes the handler of the public listener.
func New(opts Options) (http.Handler, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	metrics, err := middleware.Metrics(opts.Registerer)
	if err != nil {
		return nil, fmt.Errorf("api: register metrics: %w", err)
	}
	engine, err := middleware.NewEngine(opts.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("api: trusted proxies: %w", err)
	}
	engine.Use(middleware.RequestID(), middleware.Access(opts.Logger), metrics, middleware.Recover(opts.Logger), middleware.Headers(),
		middleware.Body(maxBody), middleware.Admit(opts.MaxInFlight), middleware.Deadline(opts.RequestTimeout))

	s := &service{Options: opts, huma: humagin.New(engine, humaConfig()), cursors: cursors{opts.CursorKey}}
	s.huma.UseMiddleware(checkQuery, checkBody, s.authenticate)
	s.swipeRoutes()
	s.rewindRoutes()
	s.deckRoutes()
	s.friendRoutes()
	s.likeRoutes()
	s.quotaRoutes()
	s.meRoutes()
	if err := serveOpenAPI(engine, s.huma.OpenAPI()); err != nil {
		return nil, fmt.Errorf("api: OpenAPI document: %w", err)
	}
	return engine, nil
}
