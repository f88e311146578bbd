package cluster

import (
	"context"
	"errors"

	"github.com/asynkron/protoactor-go/actor"
)

// errDeadLetter tells that the message met no actor.
var errDeadLetter = errors.New("dead letter")

// reply is the sender of one request and takes its first answer. Unlike the
// library's future it heeds a context, needs no timer and does not mind a
// second answer.
type reply struct {
	system *actor.ActorSystem
	pid    *actor.PID
	answer chan any
}

// post sends m to pid, to be answered to the reply it gives, which must be waited for.
func post(system *actor.ActorSystem, pid *actor.PID, m any) *reply {
	r := &reply{system: system, answer: make(chan any, 1)}
	r.pid, _ = system.ProcessRegistry.Add(r, "ask"+system.ProcessRegistry.NextID()) // ids are unique
	system.Root.RequestWithCustomSender(pid, m, r.pid)
	return r
}

// wait gives the answer, errDeadLetter, or ctx's error.
func (r *reply) wait(ctx context.Context) (any, error) {
	defer r.system.ProcessRegistry.Remove(r.pid)
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

// SendUserMessage implements actor.Process: an answer arrives.
func (r *reply) SendUserMessage(_ *actor.PID, m any) {
	_, m, _ = actor.UnwrapEnvelope(m)
	select {
	case r.answer <- m:
	default: // answered before
	}
}

// SendSystemMessage implements actor.Process; nothing of the system concerns a reply.
func (r *reply) SendSystemMessage(*actor.PID, any) {}

// Stop implements actor.Process; a reply ends when its answer or deadline comes.
func (r *reply) Stop(*actor.PID) {}
