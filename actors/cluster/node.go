package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// gossipInterval is that of a member alone, who has nobody to gossip with.
	gossipInterval = time.Hour
	// deadLetterPeriod is how long the library counts dead letters to log them
	// once; a goroutine waits that long.
	deadLetterPeriod = 100 * time.Millisecond
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
}

// Node is one running member.
type Node struct {
	system  *actor.ActorSystem
	cluster *protocluster.Cluster
	members *solo
	lookup  *lookup
	replies *replies
	log     *slog.Logger
}

// Start boots a member of a cluster of one and returns once it can be asked. It
// listens on a port of the loopback interface, because the library must, and
// refuses every handshake there.
func Start(ctx context.Context, opts Options) (*Node, error) {
	m, err := newMetrics(opts.Registerer)
	if err != nil {
		return nil, err
	}
	log := quiet(opts.Logger)
	system := actor.NewActorSystem(
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log }),
		actor.WithDeadLetterRequestLogging(false),
		actor.WithDeadLetterThrottleInterval(deadLetterPeriod),
	)
	// Ids of processes restart at 1 in every program; start elsewhere, so that a
	// late reply to an earlier program on this address meets nobody.
	system.ProcessRegistry.SequenceID = uint64(time.Now().UnixNano())
	gate := newClosedGate()
	r := newReplies(system)
	n := &Node{system: system, members: newSolo(), lookup: newLookup(r, m), replies: r, log: opts.Logger}
	cfg := protocluster.Configure(opts.Name, n.members, n.lookup, remoteConfig(gate, opts.Logger)) //nolint:contextcheck // its handlers outlive the start
	cfg.GossipInterval = gossipInterval
	for _, k := range opts.Kinds {
		cfg.Kinds[k.Name] = k.build(opts.Logger) //nolint:contextcheck // its actors outlive the start
	}
	n.cluster = protocluster.New(system, cfg)
	if err := n.boot(); err != nil {
		return nil, err
	}
	if err := gate.verify(ctx, system.Address()); err != nil {
		return nil, errors.Join(err, n.Leave())
	}
	return n, nil
}

// boot starts the member. The library panics when it cannot, and sleeps for a
// second when all is done: both happen aside.
func (n *Node) boot() error {
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
	case <-n.members.joined:
		return nil
	}
}

// Address is where the node's actors live, as host:port.
func (n *Node) Address() string { return n.system.Address() }

// Members gives the cluster as this node sees it; not to be changed.
func (n *Node) Members() []Member { return n.lookup.ring.Load().members }

// Root sends to actors from outside of them: timers and callbacks.
func (n *Node) Root() *actor.RootContext { return n.system.Root }

// Leave ends the member: it leaves the membership, stops what actors are left
// without waiting for their work (Drain first), and closes the transport. It is
// called once.
func (n *Node) Leave() error {
	err := n.members.Shutdown(true)
	n.lookup.Shutdown()
	// Not the library's own way out, which sleeps for two seconds: everything it
	// would wait for has ended.
	n.cluster.Gossip.Shutdown()
	n.system.Shutdown()
	n.cluster.Remote.Shutdown(false)
	return err
}
