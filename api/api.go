package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/ratelimit"
	"github.com/swiperhq/swiper/exports"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/uploads"
)

// Bounds of what a client may send and how much is handled at a time.
const (
	maxBody               = 64 << 10
	defaultRequestTimeout = 5 * time.Second
	defaultMaxInFlight    = 1024
	defaultWait           = 250 * time.Millisecond
	minCursorKey          = 16 // bytes
)

// Actors is what the API asks of the actor system. Errors are *social.Error. A
// swipe or rewind that comes again with the same key gets its first answer.
type Actors interface {
	Swipe(ctx context.Context, s social.Swipe, key persistence.IdempotencyKey) (social.SwipeResult, error)
	Rewind(ctx context.Context, uid social.UserID, key persistence.IdempotencyKey) (social.RewindResult, error)
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
	Task(ctx context.Context, id persistence.TaskID, owner social.UserID, endedAfter time.Time) (persistence.TaskRecord, error)
	EventsSince(ctx context.Context, uid social.UserID, after persistence.EventCursor, limit int) ([]persistence.Event, error)
	PhotosOf(ctx context.Context, uid social.UserID) ([]persistence.Photo, error)
	ShownPhotos(ctx context.Context, uid social.UserID) ([]persistence.Photo, error)
	VideosOf(ctx context.Context, uid social.UserID) ([]persistence.Photo, error)
	ShownVideos(ctx context.Context, uid social.UserID) ([]persistence.Photo, error)
	OrderPhotos(ctx context.Context, uid social.UserID, ids []persistence.PhotoID) ([]persistence.Photo, error)
}

// Accounts lets people in; *accounts.Service is one.
type Accounts interface {
	SendCode(ctx context.Context, phone string, addr netip.Addr) (retryAfter time.Duration, err error)
	Login(ctx context.Context, phone, code string, addr netip.Addr) (accounts.Grant, error)
	Refresh(ctx context.Context, refreshToken string) (accounts.Grant, error)
	Logout(ctx context.Context, accessToken string) error
	Verify(ctx context.Context, accessToken string) (social.UserID, error)
	Depart(ctx context.Context, uid social.UserID, email string) (persistence.TaskID, error)
	MaskedPhone(ctx context.Context, uid social.UserID) (string, error)
}

// Uploads takes pictures and tells where they are read; *uploads.Service is one.
// Errors are *social.Error.
type Uploads interface {
	Accept(ctx context.Context, uid social.UserID, purpose persistence.UploadPurpose, key string, data []byte) (persistence.TaskID, error)
	Open(ctx context.Context, uid social.UserID, purpose persistence.UploadPurpose, key string) (uploads.Permit, error)
	Complete(ctx context.Context, uid social.UserID, id persistence.UploadID) (persistence.TaskID, error)
	Arrived(ctx context.Context, key media.Key, endUser string) error
	DeleteVideo(ctx context.Context, uid social.UserID) error
	DeletePhoto(ctx context.Context, uid social.UserID, id persistence.PhotoID) error
	URL(key string) string
}

// Exports gathers people's data for them; *exports.Service is one. Errors are
// *social.Error.
type Exports interface {
	Request(ctx context.Context, uid social.UserID, email string) (persistence.Export, error)
	Latest(ctx context.Context, uid social.UserID) (persistence.Export, error)
	Open(ctx context.Context, uid social.UserID, id persistence.ExportID) (exports.Download, error)
}

// Inbox shows the codes that were sent, in demonstrations; *accounts.Inbox is one.
type Inbox interface {
	Messages(phone string) ([]accounts.Message, error)
}

// Options of New. Actors, Store, Accounts, Rules, CursorKey and Registerer are required.
type Options struct {
	Actors   Actors
	Store    Store
	Accounts Accounts
	Hot      Hot                  // nil: nobody is ranked
	Uploads  Uploads              // nil: pictures are neither taken nor shown
	Exports  Exports              // nil: nobody's data is gathered
	Inbox    Inbox                // nil: the codes that were sent are not shown
	Rules    func() *social.Rules // a snapshot of the rules in force
	Now      func() time.Time     // nil: time.Now
	// CursorKey signs cursors; every node of a cluster has the same. At least 16 bytes.
	CursorKey []byte
	// TrustedProxies are addresses or CIDR blocks whose X-Forwarded-For is believed.
	TrustedProxies []string
	// Limiter counts the requests of addresses and users; nil: nobody does.
	Limiter        persistence.Limiter
	RequestTimeout time.Duration // how long a request may be handled, and 1 s longer for each MiB of a picture or video; 0: 5 s
	MaxInFlight    uint          // requests handled at a time, see middleware.Admission; 0: 1024
	Wait           time.Duration // how long a request waits until it is handled; 0: 250 ms
	// Pages answer GET and HEAD of further paths, such as those for people. A last
	// part of a path that begins with * stands for any rest.
	Pages map[string]http.Handler
	// Raw answer every method of further paths, past the bounds of bodies and of
	// time and past the places of requests: they have bounds of their own.
	Raw map[string]http.Handler
	// Callback tells what a store of media says has arrived, if it is the store
	// that says so; nil: none ever does.
	Callback func(*http.Request) (key media.Key, endUser string, err error)
	// Streams answer GET of further paths for as long as they like: they are counted
	// by address, but neither bounded in time nor among the requests handled at a time.
	Streams map[string]http.Handler
	// TracerProvider takes a span of every request; nil: none is made.
	TracerProvider trace.TracerProvider
	Logger         *slog.Logger // nil: discards
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
	if o.Wait == 0 {
		o.Wait = defaultWait
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Actors == nil || o.Store == nil || o.Accounts == nil || o.Rules == nil || o.Registerer == nil {
		return errors.New("api: Actors, Store, Accounts, Rules and Registerer are required")
	}
	if len(o.CursorKey) < minCursorKey {
		return fmt.Errorf("api: CursorKey has %d bytes, at least %d are needed", len(o.CursorKey), minCursorKey)
	}
	return nil
}

// service is what the handlers share.
type service struct {
	Options
	huma    huma.API
	cursors cursors
	limits  *ratelimit.Limits // nil: none
	gate    *gate             // of pictures that come in
	out     *gate             // of exports that go out
}

// Public is the handler of the public listener.
type Public struct {
	http.Handler

	admission *middleware.Admission
}

// Listen gives l as the server of NewServer wants it for this handler: what would be
// refused because the node is full is so before the server has looked at it.
func (p *Public) Listen(l net.Listener) net.Listener { return Listen(l, p.admission.Refuse) }

// New makes the handler of the public listener.
func New(opts Options) (*Public, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	metrics, err := middleware.Metrics(opts.Registerer, func(c *gin.Context) bool {
		return carriedBy(c) == nil && opts.Raw[c.FullPath()] == nil && opts.Streams[c.FullPath()] == nil
	})
	if err != nil {
		return nil, fmt.Errorf("api: register metrics: %w", err)
	}
	engine, err := middleware.NewEngine(opts.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("api: trusted proxies: %w", err)
	}
	s := &service{Options: opts, cursors: cursors{opts.CursorKey}}
	admission, err := middleware.NewAdmission(middleware.AdmissionOptions{
		MaxInFlight: opts.MaxInFlight, Wait: opts.Wait, Class: classOf, Registerer: opts.Registerer,
	})
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	engine.Use(middleware.Headers(), admission.Door, middleware.RequestID())
	if opts.TracerProvider != nil {
		engine.Use(middleware.Trace(opts.TracerProvider)...)
	}
	engine.Use(middleware.Access(opts.Logger), metrics, middleware.Recover(opts.Logger))
	if opts.Limiter != nil {
		s.limits, err = ratelimit.New(ratelimit.Options{Limiter: opts.Limiter, Now: opts.Now, Logger: opts.Logger, Registerer: opts.Registerer})
		if err != nil {
			return nil, fmt.Errorf("api: %w", err)
		}
		engine.Use(s.limitAddress)
	}
	for route, h := range opts.Raw {
		engine.Any(route, gin.WrapH(h))
	}
	for path, stream := range opts.Streams {
		engine.GET(path, gin.WrapH(stream))
	}
	s.gate, s.out = newGate(mostSending, mostOfUser), newGate(mostReading, mostReadingOfUser)
	engine.Use(s.readBody, s.deadline, func(c *gin.Context) {
		if carriedBy(c) == nil && !isDownload(c) { // these have gates of their own
			admission.Place(c)
		}
	})

	s.huma = humagin.New(engine, humaConfig())
	s.huma.UseMiddleware(checkQuery, checkBody, s.authenticate)
	if s.limits != nil {
		s.huma.UseMiddleware(s.limitUser)
	}
	s.swipeRoutes()
	s.rewindRoutes()
	s.deckRoutes()
	s.friendRoutes()
	s.likeRoutes()
	if opts.Hot != nil {
		s.hotRoutes()
	}
	s.quotaRoutes()
	s.eventRoutes()
	s.taskRoutes()
	s.meRoutes()
	if opts.Uploads != nil {
		s.avatarRoutes()
		s.photoRoutes()
		s.videoRoutes()
		s.uploadRoutes()
	}
	if opts.Exports != nil {
		s.exportRoutes()
	}
	s.departureRoutes()
	s.codeRoutes()
	s.sessionRoutes()
	s.inboxRoutes()
	if err := serveOpenAPI(engine, s.huma.OpenAPI()); err != nil {
		return nil, fmt.Errorf("api: OpenAPI document: %w", err)
	}
	for path, page := range opts.Pages {
		engine.Match([]string{http.MethodGet, http.MethodHead}, path, gin.WrapH(page))
	}
	return &Public{engine, admission}, nil
}
