package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	// gossipInterval: the library's gossip would bar members whose gossip is late.
	// Nothing here needs it, so it never comes round.
	gossipInterval = 100 * 365 * 24 * time.Hour
	// deadLetterPeriod is how long the library counts dead letters to log them
	// once; a goroutine waits that long.
	deadLetterPeriod = 100 * time.Millisecond
	// leaveTimeout bounds what a leaving node waits for others.
	leaveTimeout = 3 * time.Second
	// flushTimeout bounds the wait until others have what a leaving node said.
	flushTimeout = time.Second
)

// Options are what a member is started with.
type Options struct {
	// Name is the cluster's; members of other names are strangers.
	Name  string
	Kinds []Kind
	// Logger hears of failures; the library's own chatter below warnings is dropped.
	Logger *slog.Logger
	// Registerer takes the metrics; nil: none are exported.
	Registerer prometheus.Registerer

	// Membership finds the other members; nil: a cluster of one, which refuses
	// every handshake and ignores the options below.
	Membership Membership
	// Listen is where other members reach this one, host:port; "": a free port of
	// the loopback interface.
	Listen string
	// Advertise is the host:port that others use instead; "": the same.
	Advertise string
	// Version is that of the program, for people.
	Version string
	// Credentials guard the connections between members, both ways; nil, for no
	// guard at all, is refused unless Listen is a loopback address.
	Credentials credentials.TransportCredentials
	// Lost is called once, when the others have gone on without this node: it
	// serves nothing any more and can only be left. nil: nobody hears of it.
	Lost func(reason string)
	// Booted is given the node before it becomes a member, since its actors may be
	// asked from then on; nil: nobody is.
	Booted func(*Node)
}

// Node is one running member.
type Node struct {
	opts     Options
	system   *actor.ActorSystem
	cluster  *protocluster.Cluster
	members  Membership
	lookup   *lookup
	courier  *courier
	exchange *exchange
	fence    fence
	metrics  *metrics
	log      *slog.Logger

	self    Member
	unwatch context.CancelFunc
	losing  sync.Once
}

// Start boots a member and returns once it can be asked. A cluster of one listens
// on a port of the loopback interface, because the library must, and refuses every
// handshake there.
func Start(ctx context.Context, opts Options) (*Node, error) {
	at, err := opts.check()
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(opts.Registerer)
	if err != nil {
		return nil, err
	}
	system := newSystem(quiet(opts.Logger))
	n := &Node{
		opts: opts, system: system, members: opts.Membership, metrics: m, log: opts.Logger,
		courier: &courier{system: system, replies: newReplies(system)},
		fence:   fence{base: time.Now(), watched: opts.Membership != nil}, unwatch: func() {},
	}
	n.lookup = newLookup(n.courier, m, opts.Kinds)
	system.EventStream.Subscribe(n.courier.peers.hear)
	gate := newClosedGate()
	creds := opts.Credentials
	switch {
	case opts.Membership == nil:
		n.members, creds = &solo{}, gate
	case creds == nil:
		creds = insecure.NewCredentials()
	}
	n.exchange = &exchange{creds: creds, answer: n.answer}
	booted := provider{make(chan struct{})}
	cfg := protocluster.Configure(opts.Name, booted, n.lookup, //nolint:contextcheck // its handlers outlive the start
		remoteConfig(at, opts.Advertise, creds, &inbound{system, &n.fence, opts.Logger}, n.courier, n.exchange))
	cfg.GossipInterval = gossipInterval
	for _, k := range opts.Kinds {
		cfg.Kinds[k.Name] = k.build(opts.Logger) //nolint:contextcheck // its actors outlive the start
	}
	n.cluster = protocluster.New(system, cfg)
	system.ProcessRegistry.RegisterAddressResolver((&outbound{n.cluster, opts.Logger}).resolve)
	if err := n.boot(booted.booted); err != nil {
		return nil, err
	}
	if err := n.join(ctx, gate); err != nil {
		n.Leave()
		return nil, err
	}
	return n, nil
}

// check gives the address to listen on.
func (o *Options) check() (netip.AddrPort, error) {
	if o.Membership == nil {
		o.Listen, o.Advertise = "", ""
	}
	at, err := listenAddress(o.Listen)
	if err == nil && o.Membership != nil && o.Credentials == nil && !at.Addr().IsLoopback() {
		err = fmt.Errorf("cluster: without credentials only a loopback address is listened on, not %s", o.Listen)
	}
	return at, err
}

func newSystem(log *slog.Logger) *actor.ActorSystem {
	system := actor.NewActorSystem(
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log }),
		actor.WithDeadLetterRequestLogging(false),
		actor.WithDeadLetterThrottleInterval(deadLetterPeriod),
	)
	// Ids of processes restart at 1 in every program; start elsewhere, so that a
	// late reply to an earlier program on this address meets nobody.
	system.ProcessRegistry.SequenceID = uint64(time.Now().UnixNano())
	return system
}

// boot starts the library. It panics when it cannot, and sleeps for a second when
// all is done: both happen aside.
func (n *Node) boot(booted <-chan struct{}) error {
	failed := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				failed <- fmt.Errorf("start cluster member: %v", r)
			}
		}()
		n.cluster.StartMember()
	}()
	select {
	case err := <-failed:
		return err
	case <-booted:
		return nil
	}
}

// join makes the node a member.
func (n *Node) join(ctx context.Context, gate closedGate) error {
	n.self = Member{ID: n.system.ID, Address: n.system.Address(), Version: n.opts.Version, Protocol: Protocol}
	for _, k := range n.opts.Kinds {
		n.self.Kinds = append(n.self.Kinds, k.Name)
	}
	slices.Sort(n.self.Kinds)
	if n.opts.Booted != nil {
		n.opts.Booted(n)
	}
	if n.fence.watched {
		n.fence.beat.Store(int64(time.Since(n.fence.base)))
	}
	if err := n.members.Join(ctx, n.self, Host{View: n.viewed, Lost: n.lose, Exchange: n.exchange.with}); err != nil {
		return fmt.Errorf("join the cluster: %w", err)
	}
	if !n.fence.watched {
		return gate.verify(ctx, n.system.Address())
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.unwatch = stop
	go n.fence.watch(watching, n.members, n.lose, n.log)
	return nil
}

// answer speaks for the membership while the node is fit to.
func (n *Node) answer(ctx context.Context, payload []byte) ([]byte, error) {
	if !n.fence.open() {
		return nil, errors.New("not serving now")
	}
	return n.members.Answer(ctx, payload)
}

// Serving tells whether the node may act now: not while it does not know whether
// others have gone on without it, and never once it has lost its membership.
func (n *Node) Serving() bool { return n.fence.open() }

// lose ends the node's service.
func (n *Node) lose(reason string) {
	n.losing.Do(func() {
		n.fence.state.Store(lost)
		n.lookup.down.Store(true)
		if n.opts.Lost != nil {
			n.opts.Lost(reason)
		}
	})
}

// Address is where the node's actors live, as host:port.
func (n *Node) Address() string { return n.system.Address() }

// ID is the node's, new at each start.
func (n *Node) ID() string { return n.system.ID }

// Members gives the cluster as this node sees it; not to be changed.
func (n *Node) Members() []Member { return n.lookup.ring.Load().members }

// Active gives how many actors of each kind are active on this node.
func (n *Node) Active() map[string]int {
	active := make(map[string]int, len(n.self.Kinds))
	for _, name := range n.self.Kinds {
		if k, ok := n.cluster.TryGetClusterKind(name); ok {
			active[name] = int(k.Count())
		}
	}
	return active
}

// Root sends to actors from outside of them: timers and callbacks.
func (n *Node) Root() *actor.RootContext { return n.system.Root }

// Retire tells everyone that this node takes no new actors. Those it has begin to
// end, and the requests that meet them find the next ones elsewhere. When nobody
// can be told, the others find out as they would of a death.
func (n *Node) Retire(ctx context.Context) {
	if n.fence.isLost() {
		return
	}
	if err := n.members.Retire(ctx); err != nil {
		n.log.LogAttrs(ctx, slog.LevelWarn, "nobody could be told that this node leaves", slog.Any("error", err))
	}
}

// Leave ends the member: it leaves the membership, stops what actors are left
// without waiting for their work (Retire and Drain first), and closes the
// transport. It is called once.
func (n *Node) Leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	if !n.fence.isLost() {
		n.flush(ctx)
	}
	n.unwatch()
	if err := n.members.Leave(ctx); err != nil {
		n.log.LogAttrs(ctx, slog.LevelWarn, "nobody could be told that this node has left", slog.Any("error", err))
	}
	n.lookup.Shutdown()
	// Not the library's own way out, which sleeps for two seconds: everything it
	// would wait for has ended.
	n.cluster.Gossip.Shutdown()
	n.system.Shutdown()
	n.exchange.close()
	n.cluster.Remote.Shutdown(false)
}

// flush waits until the other members have what was sent to them: one more
// message behind it has been answered.
func (n *Node) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	var flushed sync.WaitGroup
	for _, m := range n.Members() {
		if m.Address == n.Address() {
			continue
		}
		flushed.Go(func() {
			to := actor.NewPID(m.Address, shardName(0))
			_, _ = n.courier.ask(ctx, to, &protocluster.ActivationRequest{ClusterIdentity: &protocluster.ClusterIdentity{}}) // any answer does
		})
	}
	flushed.Wait()
}
