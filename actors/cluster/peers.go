package cluster

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
)

// errPeerGone tells that the connection to the node asked has broken: it may have acted.
var errPeerGone = errors.New("the connection to the node broke")

// courier carries a request to an actor, wherever it is, and its answer back.
type courier struct {
	system  *actor.ActorSystem
	replies *replies
	peers   peers
}

// ask gives the answer, errDeadLetter when certainly no actor has seen m,
// errPeerGone, or ctx's error.
func (c *courier) ask(ctx context.Context, pid *actor.PID, m any) (any, error) {
	if pid.Address == c.system.Address() {
		return c.replies.post(pid, m).wait(ctx)
	}
	before := c.peers.epoch(pid.Address)
	r := c.replies.post(pid, m)
	now := c.peers.epoch(pid.Address)
	a, err := r.waitWhile(ctx, now.gone)
	if errors.Is(err, errPeerGone) && before == now && !now.connected.Load() {
		return nil, errDeadLetter // it was never on a line
	}
	return a, err
}

// waitWhile is wait that ends with errPeerGone when gone is closed.
func (r *reply) waitWhile(ctx context.Context, gone <-chan struct{}) (any, error) {
	defer r.release()
	var m any
	select {
	case m = <-r.answer:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-gone:
		select {
		case m = <-r.answer: // came before
		default:
			return nil, errPeerGone
		}
	}
	if _, dead := m.(*actor.DeadLetterResponse); dead {
		return nil, errDeadLetter
	}
	return m, nil
}

// peers follows the connections to other nodes.
type peers struct {
	mu        sync.RWMutex
	byAddress map[string]*epoch
}

// epoch is the time from one loss of a connection to the next.
type epoch struct {
	gone      chan struct{} // closed at its end
	connected atomic.Bool   // at some time in it
	unreached atomic.Bool   // the library only takes it for connected
}

func (p *peers) epoch(address string) *epoch {
	p.mu.RLock()
	e := p.byAddress[address]
	p.mu.RUnlock()
	if e != nil {
		return e
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e = p.byAddress[address]; e == nil {
		e = &epoch{gone: make(chan struct{})}
		if p.byAddress == nil {
			p.byAddress = map[string]*epoch{}
		}
		p.byAddress[address] = e
	}
	return e
}

// hear takes the library's events. It must be subscribed before the library's own
// handlers: whoever sends on the connection that follows must see the new epoch.
func (p *peers) hear(event any) {
	switch ev := event.(type) {
	case *remote.EndpointConnectedEvent:
		if e := p.epoch(ev.Address); !e.unreached.Load() {
			e.connected.Store(true)
		}
	case *remote.EndpointTerminatedEvent:
		p.mu.Lock()
		e := p.byAddress[ev.Address]
		delete(p.byAddress, ev.Address)
		p.mu.Unlock()
		if e != nil {
			close(e.gone)
		}
	}
}
