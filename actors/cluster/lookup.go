package cluster

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/eventstream"
)

// placementShards is the number of placement actors on each member. It is part
// of how members address each other: the same everywhere.
const placementShards = 32

// lookupTimeout bounds a search without a deadline of its own.
const lookupTimeout = time.Second

// lookup finds and makes activations: the owner by the ring, then a placement
// actor there, which knows what is active and spawns what is not.
type lookup struct {
	cluster *protocluster.Cluster
	courier *courier
	metrics *metrics
	local   map[string]bool // the kinds that are local
	ring    atomic.Pointer[ring]
	shards  [placementShards]*actor.PID
	sub     *eventstream.Subscription
	down    atomic.Bool
}

func newLookup(c *courier, m *metrics, kinds []Kind) *lookup {
	l := &lookup{courier: c, metrics: m, local: map[string]bool{}}
	for _, k := range kinds {
		l.local[k.Name] = k.Local
	}
	l.ring.Store(newRing(nil))
	return l
}

// Setup implements protocluster.IdentityLookup.
func (l *lookup) Setup(c *protocluster.Cluster, _ []string, _ bool) {
	l.cluster = c
	for i := range l.shards {
		props := actor.PropsFromProducer(func() actor.Actor { return newPlacement(l) })
		pid, err := c.ActorSystem.Root.SpawnNamed(props, shardName(i))
		if err != nil {
			panic(err) // the name is taken: a second Setup; Start turns it into an error
		}
		l.shards[i] = pid
	}
	l.sub = c.ActorSystem.EventStream.Subscribe(func(ev any) {
		if m, ok := ev.(*protocluster.ActivationTerminated); ok && m.ClusterIdentity != nil && m.Pid != nil {
			l.terminated(m)
		}
	})
}

// terminated hears of the end of an activation, wherever it was.
func (l *lookup) terminated(m *protocluster.ActivationTerminated) {
	// Nobody in the library listens, so its cache would keep the dead.
	l.cluster.PidCache.RemoveByValue(m.ClusterIdentity.Identity, m.ClusterIdentity.Kind, m.Pid)
	if m.Pid.Address != l.courier.system.Address() {
		l.courier.system.Root.Send(l.shards[shardOf(m.ClusterIdentity.Identity)], &endedElsewhere{m.ClusterIdentity.AsKey()})
	}
}

// use places by these members from now on and ends what is another's then.
func (l *lookup) use(members []Member) {
	l.ring.Store(newRing(members))
	for _, pid := range l.shards {
		l.courier.system.Root.Send(pid, ringChanged{})
	}
}

func shardName(i int) string { return "placement-" + strconv.Itoa(i) }

func shardOf(id string) int { return int(hashOf(id) % placementShards) }

// Get implements protocluster.IdentityLookup: nil when there is no activation to be had.
func (l *lookup) Get(ci *protocluster.ClusterIdentity) *actor.PID {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	return l.activate(ctx, ci)
}

// activate finds or makes the activation, waiting for an earlier one to end.
// It gives nil if that fails or ctx ends.
func (l *lookup) activate(ctx context.Context, ci *protocluster.ClusterIdentity) *actor.PID {
	pid, _ := l.request(ctx, &protocluster.ActivationRequest{ClusterIdentity: ci}) // tried again by those who need it
	return pid
}

// onlyFind as the id of an ActivationRequest makes no activation.
const onlyFind = "find"

// errNobody tells that no member takes the kind.
var errNobody = errors.New("no member takes this kind")

// find gives the activation if there is one, without making it.
func (l *lookup) find(ctx context.Context, ci *protocluster.ClusterIdentity) (*actor.PID, error) {
	return l.request(ctx, &protocluster.ActivationRequest{ClusterIdentity: ci, RequestId: onlyFind})
}

// request asks the owner's placement; a nil PID: there is no activation to be had.
func (l *lookup) request(ctx context.Context, m *protocluster.ActivationRequest) (*actor.PID, error) {
	owner := l.owner(m.ClusterIdentity)
	if owner == "" {
		return nil, errNobody
	}
	answer, err := l.courier.ask(ctx, actor.NewPID(owner, shardName(shardOf(m.ClusterIdentity.Identity))), m)
	if err != nil {
		return nil, err
	}
	r, ok := answer.(*protocluster.ActivationResponse)
	if !ok || r.Failed {
		return nil, nil //nolint:nilnil // as said
	}
	return r.Pid, nil
}

// owner gives the address of the node that ci lives on, "" if there is none.
func (l *lookup) owner(ci *protocluster.ClusterIdentity) string {
	if l.local[ci.Kind] {
		return l.courier.system.Address()
	}
	return l.ring.Load().owner(ci.Kind, ci.Identity)
}

// RemovePid implements protocluster.IdentityLookup: it tells every member that
// an activation ended. The library's own broadcast reads the member list while
// it may change; the ring does not.
func (l *lookup) RemovePid(ci *protocluster.ClusterIdentity, pid *actor.PID) {
	if l.local[ci.Kind] {
		l.cluster.PidCache.RemoveByValue(ci.Identity, ci.Kind, pid)
		return
	}
	ended := &protocluster.ActivationTerminated{Pid: pid, ClusterIdentity: ci}
	for _, m := range l.ring.Load().members {
		l.cluster.ActorSystem.Root.Send(actor.NewPID(m.Address, "eventstream"), ended)
	}
}

// Shutdown implements protocluster.IdentityLookup: it stops what is still
// active. It may be called again.
func (l *lookup) Shutdown() {
	if l.down.Swap(true) {
		return
	}
	stopped := make([]actor.Future, 0, len(l.shards))
	for _, pid := range l.shards {
		if pid != nil {
			stopped = append(stopped, l.cluster.ActorSystem.Root.StopFuture(pid))
		}
	}
	for _, f := range stopped {
		_ = f.Wait() // the library bounds it; nothing is left to do about one that hangs
	}
	l.cluster.ActorSystem.EventStream.Unsubscribe(l.sub)
}
