package cluster

import (
	"context"
	"errors"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// errDeadLetter tells that the message met no actor.
var errDeadLetter = errors.New("dead letter")

// maxFree is how many replies are kept for later requests.
const maxFree = 2048

// replies keeps the senders of requests for later ones: to register a process
// and to drop it for every request costs more than the request.
type replies struct {
	system *actor.ActorSystem
	free   chan *reply
}

func newReplies(system *actor.ActorSystem) *replies {
	return &replies{system: system, free: make(chan *reply, maxFree)}
}

// reply is the sender of one request at a time and takes its first answer. Unlike
// the library's future it heeds a context, needs no timer and does not mind a
// second answer: each request has a number of its own, and what bears another is
// dropped.
type reply struct {
	of *replies
	id string

	mu       sync.Mutex
	request  uint32 // the number of the request that waits
	answered bool
	answer   chan any
}

// post sends m to pid, to be answered to the reply it gives, which must be waited for.
func (rs *replies) post(pid *actor.PID, m any) *reply {
	r := rs.take()
	sender := actor.NewPID(rs.system.Address(), r.id)
	sender.RequestId = r.request
	rs.system.Root.RequestWithCustomSender(pid, m, sender)
	return r
}

func (rs *replies) take() *reply {
	select {
	case r := <-rs.free:
		return r
	default:
	}
	r := &reply{of: rs, request: 1, answer: make(chan any, 1)}
	pid, _ := rs.system.ProcessRegistry.Add(r, "ask"+rs.system.ProcessRegistry.NextID()) // ids are unique
	r.id = pid.Id
	return r
}

// wait gives the answer, errDeadLetter, or ctx's error.
func (r *reply) wait(ctx context.Context) (any, error) {
	defer r.release()
	select {
	case m := <-r.answer:
		if _, dead := m.(*actor.DeadLetterResponse); dead {
			return nil, errDeadLetter
		}
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// release makes r ready for the next request.
func (r *reply) release() {
	r.mu.Lock()
	r.request++
	r.answered = false
	select {
	case <-r.answer: // came too late
	default:
	}
	r.mu.Unlock()
	select {
	case r.of.free <- r:
	default:
		r.of.system.ProcessRegistry.Remove(actor.NewPID(r.of.system.Address(), r.id))
	}
}

// SendUserMessage implements actor.Process: an answer arrives.
func (r *reply) SendUserMessage(pid *actor.PID, m any) {
	_, m, _ = actor.UnwrapEnvelope(m)
	r.mu.Lock()
	defer r.mu.Unlock()
	if pid.RequestId != r.request || r.answered {
		return
	}
	r.answered = true
	r.answer <- m // has room for the first
}

// SendSystemMessage implements actor.Process; nothing of the system concerns a reply.
func (r *reply) SendSystemMessage(*actor.PID, any) {}

// Stop implements actor.Process; a reply ends when its answer or deadline comes.
func (r *reply) Stop(*actor.PID) {}
