package actors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/social"
)

// Kinds of actors.
const (
	kindUser       = "user"       // identity: the decimal user id
	kindMatchmaker = "matchmaker" // identity: the decimal shard; every node has its own
)

// Options are what the actors are started with; Store and Rules are required.
type Options struct {
	Store Store
	// Rules gives the rules in force now, as a snapshot.
	Rules func() *social.Rules
	// Now tells the time that is stored and that quotas count by; default time.Now.
	Now func() time.Time
	// AfterFunc runs f once after d and gives what stops it; it drives
	// passivation. Default time.AfterFunc.
	AfterFunc func(d time.Duration, f func()) (stop func() bool)
	// Shards is the number of matchmakers of this node, a divisor of social.Slots; default 1.
	// Fewer make larger batches.
	Shards int
	// IdleAfter is how long a user actor stays without a request; default 10 min.
	IdleAfter time.Duration
	// MaxInFlight bounds the requests this node works on at once; default 16,384.
	MaxInFlight int
	// Timeout bounds a request whose context has no deadline; default 5 s.
	Timeout time.Duration
	// Logger hears of failures; default slog.Default().
	Logger *slog.Logger
	// Registerer takes the metrics; nil exports none.
	Registerer prometheus.Registerer
	// Hint is called after each commit that others may want to hear of: of whose
	// events, likes. It must not block. nil: nobody hears.
	Hint func(uid social.UserID, kind social.EventKind)
	// Cluster says how nodes find each other; the zero value: this node is alone.
	// Its Name defaults to "swiper"; Kinds, Logger, Registerer and Booted are set
	// by Start.
	Cluster cluster.Options
	// TracerProvider takes the spans of requests whose context is in a sampled
	// trace; nil: none are made.
	TracerProvider trace.TracerProvider
}

func (o *Options) setDefaults() error {
	if o.Store == nil || o.Rules == nil {
		return errors.New("actors: Store and Rules are required")
	}
	if o.Shards == 0 {
		o.Shards = 1
	}
	if o.Shards < 0 || social.Slots%o.Shards != 0 {
		return fmt.Errorf("actors: %d shards do not divide %d slots", o.Shards, social.Slots)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.AfterFunc == nil {
		o.AfterFunc = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	if o.IdleAfter == 0 {
		o.IdleAfter = 10 * time.Minute
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 16 << 10
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Hint == nil {
		o.Hint = func(social.UserID, social.EventKind) {}
	}
	if o.TracerProvider == nil {
		o.TracerProvider = noop.NewTracerProvider()
	}
	return nil
}

// world is what every actor of a node shares. Nothing in it changes once the
// node can be asked.
type world struct {
	Options
	metrics     *metrics
	tracer      trace.Tracer
	node        *cluster.Node
	matchmakers *matchmakers
	// cursorSaves holds a token per deck place being saved by an actor that ends:
	// a whole node's users may end at once.
	cursorSaves chan struct{}
}

// maxCursorSaves is how many ending actors write at once.
const maxCursorSaves = 16

// System is the actors of one node.
type System struct {
	world  *world
	client *Client
}

// Start boots the actors. ctx bounds the start only.
func Start(ctx context.Context, opts Options) (*System, error) {
	if err := opts.setDefaults(); err != nil {
		return nil, err
	}
	m, err := newMetrics(opts.Registerer)
	if err != nil {
		return nil, err
	}
	w := &world{
		Options: opts, metrics: m, tracer: opts.TracerProvider.Tracer(tracerName),
		cursorSaves: make(chan struct{}, maxCursorSaves),
	}
	own := opts.Cluster
	own.Name = cmp.Or(own.Name, "swiper")
	own.Kinds = []cluster.Kind{
		{Name: kindUser, New: func() actor.Actor { return newUser(w) }},
		// Every node commits the swipes of its own users: it saves a way through the
		// network, and nobody waits for a node that died. The pairs' locks in the
		// database exclude, not the placement.
		{Name: kindMatchmaker, New: func() actor.Actor { return newMatchmaker(w) }, Local: true},
	}
	own.Logger, own.Registerer = opts.Logger, opts.Registerer
	own.Booted = func(node *cluster.Node) {
		w.node = node
		w.matchmakers = newMatchmakers(node, opts.Shards)
	}
	if _, err := cluster.Start(ctx, own); err != nil {
		return nil, fmt.Errorf("start actors: %w", err)
	}
	return &System{world: w, client: newClient(w)}, nil
}

// Node gives the node that the actors live on.
func (s *System) Node() *cluster.Node { return s.world.node }

// Active gives how many actors of each sort are active on this node.
func (s *System) Active() (users, matchmakers int) {
	active := s.world.node.Active()
	return active[kindUser], active[kindMatchmaker]
}

// Client gives the way in; it is safe for concurrent use.
func (s *System) Client() *Client { return s.client }

// Stop ends the actors in order: new requests are refused with CodeUnavailable,
// every accepted one is answered, other nodes hear that they take over, users
// finish and save their place, then the matchmakers, then the node leaves. When ctx ends first, what is left is
// stopped as it is and ctx's error returned. Stop is called once.
func (s *System) Stop(ctx context.Context) error {
	refused := s.client.gate.close(ctx)
	s.world.node.Retire(ctx)
	err := errors.Join(refused, s.world.node.Drain(ctx, kindUser), s.world.node.Drain(ctx, kindMatchmaker))
	s.world.node.Leave() //nolint:contextcheck // bounds itself, also when ctx has ended
	return err
}
