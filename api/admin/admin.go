package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/api/admin/overview"
	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/api/strictjson"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	maxBody     = 4 << 20 // 100,000 ids of 19 digits fit
	maxInFlight = 256
)

// RequestTimeout bounds the handling of a request, but for the profiles', which
// say themselves how long they take.
const RequestTimeout = 15 * time.Second

// Store is what the listener reads; see persistence for the contract of each.
type Store interface {
	Ping(ctx context.Context) error
	User(ctx context.Context, id social.UserID) (social.User, error)
	CountSwipes(ctx context.Context, uid social.UserID) (map[social.Mark]int, error)
	CountFriends(ctx context.Context, uid social.UserID) (int, error)
	QuotasUsed(ctx context.Context, uid social.UserID, day social.Date) (map[social.Action]int, error)
	RecentSwipes(ctx context.Context, uid social.UserID, limit int) ([]social.Swipe, error)
	EventsOf(ctx context.Context, uid social.UserID, after int64, limit int) ([]social.Event, error)
	ListTasks(ctx context.Context, f persistence.TaskFilter) ([]persistence.TaskRecord, error)
	RetryTask(ctx context.Context, id persistence.TaskID, c persistence.Change) error
	CancelTask(ctx context.Context, id persistence.TaskID, c persistence.Change) error
	CountTasks(ctx context.Context) ([]persistence.TaskCount, error)
	Undealt(ctx context.Context, uid social.UserID, ids []social.UserID) ([]social.User, error)
	SettingLog(ctx context.Context, key string, limit int) ([]persistence.Setting, error)
	ListPhotos(ctx context.Context, state persistence.PhotoState, before persistence.PhotoID, limit int) ([]persistence.Photo, error)
	persistence.Operators
}

// Settings are the tunables; *config.Tunables is one.
type Settings interface {
	List() []config.Tunable
	Set(ctx context.Context, key string, value json.RawMessage, by string) (config.Tunable, error)
}

// Inspector shows what a user's actor holds: nil when none is active.
type Inspector interface {
	Inspect(ctx context.Context, uid social.UserID) (*actors.LiveUser, error)
}

// Minter makes access tokens; *accounts.Tokens is one.
type Minter interface {
	Mint(uid social.UserID, ttl time.Duration) (string, error)
}

// Pinger tells whether something answers.
type Pinger interface {
	Ping(ctx context.Context) error
}

// Photos decides about photos and tells where they are read; *uploads.Service is one.
type Photos interface {
	DecidePhoto(ctx context.Context, id persistence.PhotoID, state persistence.PhotoState, c persistence.Change) (persistence.Photo, error)
	URL(key string) string
}

// Overview remembers how this node did lately; *overview.Sampler is one.
type Overview interface {
	Since(seq int64) []overview.Point
	Every() time.Duration
	Keep() time.Duration
}

// Rankings show who was liked most; persistence.HotBoard has more.
type Rankings interface {
	HotState(ctx context.Context) (persistence.HotState, error)
	HotPlaces(ctx context.Context, n int) ([]persistence.HotPlace, error)
	TopHot(ctx context.Context, location string, from, n int) (top []persistence.HotCount, ok bool, err error)
}

// Options of New. Store, Signals, Settings, Actors, Tokens, Rules and Gatherer are required.
type Options struct {
	// Listen is the address the handler will be served on, as configured
	// ("127.0.0.1:8081"). It decides whether a token is needed.
	Listen string
	// Token is asked of every caller as bearer token or as the password of
	// basic authentication, but for health. Required unless Listen is loopback.
	Token string
	// ViewerToken lets its bearers look and change nothing; "": there are none.
	// It needs a Token, and must be another.
	ViewerToken string

	Store    Store
	Signals  Pinger
	Settings Settings
	Actors   Inspector
	Tokens   Minter
	Rules    func() *social.Rules
	// Draining tells that this node is on its way out and unfit for traffic; nil: never.
	Draining func() bool
	// View gives the cluster as this node sees it; nil: nobody.
	View     func() View
	Gatherer prometheus.Gatherer
	// Online tells whether somebody has a connection to any node; nil: nobody knows.
	Online func(ctx context.Context, uid social.UserID) (bool, error)
	// Ended hears which sessions operators have ended; nil: nobody is told.
	Ended func(ids ...string)
	// Photos is what operators decide with; nil: there are no photos.
	Photos Photos
	// Overview is shown by the console; nil: there is none.
	Overview Overview
	// Everywhere are the overviews of all nodes as one, this node included: the points
	// whose Seq is above after. nil: there are none.
	Everywhere func(ctx context.Context, after int64) (nodes int, points []overview.Point, err error)
	// Hot are the rankings of the most liked; nil: there are none.
	Hot Rankings
	// Console is the console's files, by path; nil: there is no console.
	Console map[string]http.Handler
	// Dashboard shows the queue, under QueuePath; nil: it is not shown.
	Dashboard http.Handler
	Now       func() time.Time // nil: time.Now
	Logger    *slog.Logger     // nil: discards
}

func (o *Options) complete() error {
	if o.Store == nil || o.Signals == nil || o.Settings == nil || o.Actors == nil || o.Tokens == nil || o.Rules == nil || o.Gatherer == nil {
		return errors.New("admin: Store, Signals, Settings, Actors, Tokens, Rules and Gatherer are required")
	}
	if o.Draining == nil {
		o.Draining = func() bool { return false }
	}
	if o.View == nil {
		o.View = func() View { return View{Members: []Member{}} }
	}
	if o.Ended == nil {
		o.Ended = func(...string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

type service struct{ Options }

// New makes the handler of the admin listener. It refuses to be reachable from
// elsewhere without a token.
func New(opts Options) (http.Handler, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	guard, err := newGuard(opts.Listen, opts.Token, opts.ViewerToken, opts.Now)
	if err != nil {
		return nil, err
	}
	engine, err := middleware.NewEngine(nil)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	s := &service{opts}
	engine.Use(middleware.RequestID(), middleware.Recover(opts.Logger), middleware.Headers(), guard.host)

	// Probes come often and know no secrets: neither logged nor asked for a token.
	engine.GET("/healthz", s.alive)
	engine.GET("/readyz", middleware.Deadline(pingTimeout), s.handle(s.ready))

	// The console's files tell nothing; what it shows it asks for, with a token.
	for path, file := range opts.Console {
		engine.Match([]string{http.MethodGet, http.MethodHead}, path, gin.WrapH(file))
	}

	known := engine.Group("", middleware.Access(opts.Logger), guard.token)
	known.GET("/metrics", gin.WrapH(promhttp.HandlerFor(opts.Gatherer, promhttp.HandlerOpts{})))
	known.GET("/debug/pprof/*name", guard.change, profile) // it shows memory and the command line

	if opts.Dashboard != nil {
		queueRoutes(known.Group("", middleware.Admit(maxInFlight), middleware.Deadline(RequestTimeout)), opts.Dashboard)
	}

	admin := known.Group("/admin", guard.json, middleware.Body(maxBody), middleware.Admit(maxInFlight), middleware.Deadline(RequestTimeout))
	s.lookRoutes(admin)
	s.changeRoutes(admin.Group("", guard.change))
	if s.Photos != nil {
		admin.GET("/photos", s.handle(s.listPhotos))
		admin.PUT("/photos/:id", guard.change, s.handle(s.decidePhoto))
	}
	return engine, nil
}

// lookRoutes are for viewers and operators.
func (s *service) lookRoutes(to gin.IRoutes) {
	to.GET("/whoami", s.handle(s.whoami))
	to.GET("/overview", s.handle(s.showOverview))
	to.GET("/settings", s.handle(s.listSettings))
	to.GET("/settings/:key/log", s.handle(s.settingLog))
	to.GET("/actors/user/:id", s.handle(s.inspectUser))
	to.GET("/users/:id/account", s.handle(s.showAccount))
	to.GET("/users/:id/swipes", s.handle(s.listSwipes))
	to.GET("/users/:id/rewinds", s.handle(s.listRewinds))
	to.GET("/tasks", s.handle(s.listTasks))
	to.GET("/tasks/counts", s.handle(s.countTasks))
	to.GET("/figures", s.handle(s.showFigures))
	to.GET("/hot", s.handle(s.showHot))
	to.GET("/members", s.handle(s.listMembers))
	to.GET("/audit", s.handle(s.listAudit))
}

// changeRoutes are for operators.
func (s *service) changeRoutes(to gin.IRoutes) {
	to.PUT("/settings/:key", s.handle(s.putSetting))
	to.POST("/users/:id/quotas/:action/reset", s.handle(s.resetQuota))
	to.POST("/users/:id/logout", s.handle(s.logoutUser))
	to.POST("/users/:id/suspend", s.handle(s.suspendUser))
	to.POST("/users/:id/unsuspend", s.handle(s.unsuspendUser))
	to.POST("/tasks/:id/retry", s.handle(s.retryTask))
	to.POST("/tasks/:id/cancel", s.handle(s.cancelTask))
	to.POST("/tokens", s.handle(s.mintTokens))
}

// handle answers with what f gives as JSON, or with its error as a problem.
func (s *service) handle(f func(*gin.Context) (any, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		out, err := f(c)
		if err != nil {
			problem.Write(c.Writer, problem.Report(c.Request.Context(), s.Logger, err))
			return
		}
		c.Header("Content-Type", "application/json")
		c.Status(http.StatusOK)
		if err := strictjson.Marshal(c.Writer, out); err != nil {
			s.Logger.WarnContext(c.Request.Context(), "answer not sent", slog.Any("error", err))
		}
	}
}

// read reads the request's body into v.
func read(c *gin.Context, v any) error {
	body, err := c.GetRawData()
	if err == nil {
		err = strictjson.Unmarshal(body, v)
	}
	if err != nil {
		return problem.Unreadable("The body cannot be read: " + err.Error() + ".")
	}
	return nil
}
