package cluster

import (
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
)

// placement is the parent of one shard of a member's activations. Every step of
// it takes constant time, so that thousands may come and go at once.
type placement struct {
	lookup   *lookup
	byKey    map[string]*activation
	byPID    map[string]*activation
	draining map[string]*draining
}

type activation struct {
	key      string
	identity *protocluster.ClusterIdentity
	pid      *actor.PID
	ending   bool
	waiting  []*actor.PID // who asked for it after it had begun to end
}

// draining is a kind that is being ended for good.
type draining struct {
	left  int
	tells []*actor.PID // who waits for left to become 0
}

// Messages to a placement of the same member.
type (
	drainKind struct{ kind string }
	drained   struct{}

	ringChanged    struct{}
	endedElsewhere struct{ key string } // an activation of that identity, on another member
)

func newPlacement(l *lookup) *placement {
	return &placement{
		lookup: l, byKey: map[string]*activation{}, byPID: map[string]*activation{}, draining: map[string]*draining{},
	}
}

// Receive implements actor.Actor.
func (p *placement) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *protocluster.ActivationRequest:
		if m.RequestId == onlyFind {
			p.find(ctx, m.ClusterIdentity)
			return
		}
		p.activate(ctx, m.ClusterIdentity, ctx.Sender())
	case ringChanged:
		p.handOver(ctx)
	case *endedElsewhere:
		if a := p.byKey[m.key]; a != nil {
			p.lookup.metrics.doubled.WithLabelValues(a.identity.Kind).Inc()
		}
	case *drainKind:
		p.drain(ctx, m.kind)
	case *actor.Terminated:
		p.ended(ctx, m.Who)
	}
}

// handOver ends what another member owns now.
func (p *placement) handOver(ctx actor.Context) {
	me := p.lookup.courier.system.Address()
	for _, a := range p.byKey {
		if !a.ending && p.lookup.owner(a.identity) != me {
			p.lookup.metrics.handOvers.WithLabelValues(a.identity.Kind).Inc()
			p.end(ctx, a)
		}
	}
}

func (p *placement) end(ctx actor.Context, a *activation) {
	if !a.ending {
		a.ending = true
		go ctx.ActorSystem().Root.Send(a.pid, &Drain{}) // ending may take a while
	}
}

func (p *placement) drain(ctx actor.Context, kind string) {
	d := p.draining[kind]
	if d == nil {
		d = &draining{}
		p.draining[kind] = d
		for _, a := range p.byKey {
			if a.identity.Kind == kind {
				d.left++
				p.end(ctx, a)
			}
		}
	}
	if d.left == 0 {
		ctx.Respond(&drained{})
		return
	}
	d.tells = append(d.tells, ctx.Sender())
}

func (p *placement) ended(ctx actor.Context, who *actor.PID) {
	a := p.byPID[who.Id]
	if a == nil {
		return
	}
	kind := a.identity.Kind
	delete(p.byPID, who.Id)
	delete(p.byKey, a.key)
	if k, ok := p.lookup.cluster.TryGetClusterKind(kind); ok {
		k.Dec()
	}
	p.lookup.metrics.passivated(kind)
	p.lookup.RemovePid(a.identity, who)
	for _, asker := range a.waiting {
		p.activate(ctx, a.identity, asker)
	}
	if d := p.draining[kind]; d != nil {
		if d.left--; d.left == 0 {
			for _, asker := range d.tells {
				ctx.Send(asker, &drained{})
			}
			d.tells = nil
		}
	}
}

func (p *placement) activate(ctx actor.Context, ci *protocluster.ClusterIdentity, asker *actor.PID) {
	if asker == nil {
		return
	}
	a := p.byKey[ci.AsKey()]
	switch {
	case a != nil && (a.ending || !p.alive(a)):
		a.waiting = append(a.waiting, asker)
		return
	case a == nil && p.mayOwn(ci):
		a = p.spawn(ctx, ci)
	}
	reply := &protocluster.ActivationResponse{Failed: a == nil}
	if a != nil {
		reply.Pid = a.pid
	}
	ctx.Send(asker, reply)
}

// find answers with what is active.
func (p *placement) find(ctx actor.Context, ci *protocluster.ClusterIdentity) {
	reply := &protocluster.ActivationResponse{Failed: true}
	if a := p.byKey[ci.AsKey()]; a != nil && !a.ending {
		reply.Failed, reply.Pid = false, a.pid
	}
	ctx.Respond(reply)
}

// alive tells whether a still takes messages: one that stopped itself is known
// to the registry before its parent hears of it.
func (p *placement) alive(a *activation) bool {
	_, ok := p.lookup.cluster.ActorSystem.ProcessRegistry.GetLocal(a.pid.Id)
	return ok
}

// mayOwn checks ownership once more: the asker's ring may be older than ours.
func (p *placement) mayOwn(ci *protocluster.ClusterIdentity) bool {
	return !p.lookup.down.Load() && p.draining[ci.Kind] == nil &&
		p.lookup.owner(ci) == p.lookup.courier.system.Address()
}

// spawn gives nil when the kind is unknown or its constructor panics, which
// must not take the other activations along.
func (p *placement) spawn(ctx actor.Context, ci *protocluster.ClusterIdentity) (a *activation) {
	kind, ok := p.lookup.cluster.TryGetClusterKind(ci.Kind)
	if !ok {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			ctx.Logger().Error("actor constructor panicked", slog.String("kind", ci.Kind), slog.Any("panic", r))
			a = nil
		}
	}()
	pid := ctx.SpawnPrefix(protocluster.WithClusterIdentity(kind.Props, ci), ci.Identity)
	kind.Inc()
	p.lookup.metrics.activated(ci.Kind)
	a = &activation{key: ci.AsKey(), identity: ci, pid: pid}
	p.byKey[a.key], p.byPID[pid.Id] = a, a
	return a
}
