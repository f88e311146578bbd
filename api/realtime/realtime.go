package realtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Bounds of connections. Messages of clients are a token and a cursor at most.
const (
	maxOfUser             = 8         // connections of a user on a node; the oldest gives way
	maxMessage            = 4 << 10   // bytes a client may send at a time
	maxQueue              = 256 << 10 // bytes that wait for a client; more: it is too slow
	pageSize              = 50        // events read at a time
	workers               = 8         // connections whose events are read at a time
	readTime              = 2 * time.Second
	connectTime           = 5 * time.Second
	defaultMaxConnections = 20_000
	defaultPoll           = 3 * time.Second
	defaultIdlePoll       = 30 * time.Second
	defaultPing           = 25 * time.Second
	refreshGrace          = 10 * time.Second // for a new token, once the old one has expired
)

// Accounts says who may connect; *accounts.Service does.
type Accounts interface {
	// Admit gives what a token says whose session stands. CodeUnauthenticated.
	Admit(ctx context.Context, token string) (accounts.Pass, error)
	// Stands tells whether the session of a pass still stands. CodeUnauthenticated.
	Stands(ctx context.Context, pass accounts.Pass) error
}

// Store is what is read; see persistence for the contract of each.
type Store interface {
	User(ctx context.Context, id social.UserID) (social.User, error)
	EventsSince(ctx context.Context, uid social.UserID, after persistence.EventCursor, limit int) ([]persistence.Event, error)
	LastEvent(ctx context.Context, uid social.UserID) (persistence.EventCursor, error)
}

// Codec writes events and cursors as GET /v1/events does; api.EventCodec is one.
type Codec interface {
	Place(uid social.UserID, after string) (persistence.EventCursor, error)
	Cursor(uid social.UserID, at persistence.EventCursor) string
	Encode(e *persistence.Event) ([]byte, error)
}

// Presence is told of who is connected. Announce comes before a connection looks for
// what is new, and may take a moment; the others may not.
type Presence interface {
	Announce(ctx context.Context, uid social.UserID)
	Enter(uid social.UserID)
	Leave(uid social.UserID)
}

// Options of New. Accounts, Store, Codec and Registerer are required.
type Options struct {
	Accounts Accounts
	Store    Store
	Codec    Codec
	Presence Presence // nil: nobody wants to know
	// Sound tells whether hints are held to arrive; nil: they are. While they are
	// not, all connections are looked after every Poll instead of every IdlePoll.
	Sound          func() bool
	Poll, IdlePoll time.Duration // 0: 3 s, 30 s
	// Origins are those of web pages besides the server's own that may connect:
	// https://example.com.
	Origins []string
	// MaxConnections bounds the connections of this node; 0: 20,000.
	MaxConnections int
	// Ping is the time between pings; a client that leaves one unanswered is cut. 0: 25 s.
	Ping       time.Duration
	Logger     *slog.Logger // nil: discards
	Registerer prometheus.Registerer
}

func (o *Options) complete() error {
	if o.Accounts == nil || o.Store == nil || o.Codec == nil || o.Registerer == nil {
		return errors.New("realtime: Accounts, Store, Codec and Registerer are required")
	}
	if o.Sound == nil {
		o.Sound = func() bool { return true }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	for value, standard := range map[*time.Duration]time.Duration{
		&o.Poll: defaultPoll, &o.IdlePoll: defaultIdlePoll, &o.Ping: defaultPing,
	} {
		if *value == 0 {
			*value = standard
		}
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = defaultMaxConnections
	}
	return nil
}

// Server is the connections of this node.
type Server struct {
	Options
	node    *centrifuge.Node
	sockets places
	conns   registry
	due     queue
	missed  chan struct{}
	metrics *metrics
}

// New makes a server that takes connections at once; Run must run for them to hear anything.
func New(opts Options) (*Server, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	s := &Server{Options: opts, conns: newRegistry(), due: newQueue(), missed: make(chan struct{}, 1)}
	s.sockets.most = int64(s.MaxConnections)
	var err error
	if s.metrics, err = newMetrics(opts.Registerer, s.conns.count); err != nil {
		return nil, fmt.Errorf("realtime: register metrics: %w", err)
	}
	s.node, err = centrifuge.New(centrifuge.Config{
		Name:                    "swiper",
		LogLevel:                centrifuge.LogLevelError,
		LogHandler:              s.log,
		ClientQueueMaxSize:      maxQueue,
		ClientStaleCloseDelay:   connectTime,
		ClientExpiredCloseDelay: refreshGrace,
		// Its own metrics name channels and methods of features that are not used here.
		Metrics: centrifuge.MetricsConfig{RegistererGatherer: prometheus.NewRegistry()},
	})
	if err != nil {
		return nil, fmt.Errorf("realtime: %w", err)
	}
	s.node.OnConnecting(s.connecting)
	s.node.OnConnect(s.connected)
	s.node.OnCommandRead(s.command)
	if err := s.node.Run(); err != nil {
		return nil, fmt.Errorf("realtime: %w", err)
	}
	return s, nil
}

// Routes gives who answers GET of which path. Requests may last as long as their clients.
func (s *Server) Routes() map[string]http.Handler {
	pings := centrifuge.PingPongConfig{PingInterval: s.Ping, PongTimeout: s.Ping / 3}
	socket := centrifuge.NewWebsocketHandler(s.node, centrifuge.WebsocketConfig{
		CheckOrigin:        s.mayConnect,
		MessageSizeLimit:   maxMessage,
		ReadBufferSize:     512,
		UseWriteBufferPool: true,
		// An idle connection's goroutine keeps a small stack.
		ProcessCommandsOffReadLoop: true,
		PingPongConfig:             pings,
	})
	pings.PongTimeout = -1 // a stream has no way back
	stream := centrifuge.NewSSEHandler(s.node, centrifuge.SSEConfig{MaxRequestBodySize: maxMessage, PingPongConfig: pings})
	return map[string]http.Handler{
		"/v1/realtime":     s.webSocket(socket),
		"/v1/realtime/sse": s.eventStream(stream),
	}
}

// Run pushes until ctx ends; it returns nil then.
func (s *Server) Run(ctx context.Context) error {
	done := make(chan struct{})
	for range workers {
		go func() {
			defer func() { done <- struct{}{} }()
			for c := range s.due.all(ctx) {
				s.push(ctx, c)
			}
		}()
	}
	s.rounds(ctx)
	for range workers {
		<-done
	}
	return nil
}

// Stop tells every client to connect to another node, and takes no more.
func (s *Server) Stop(ctx context.Context) error { return s.node.Shutdown(ctx) }

// log passes on what centrifuge has to say. Its entries of a lower level name
// clients' commands.
func (s *Server) log(e centrifuge.LogEntry) {
	s.Logger.LogAttrs(context.Background(), slog.LevelWarn, "realtime", slog.String("message", e.Message), slog.Any("fields", e.Fields))
}
