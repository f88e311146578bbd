package cluster

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
)

// Kind is a sort of virtual actor.
type Kind struct {
	Name string
	// New makes an actor that does not know yet who it is: it learns it from the
	// Init message, its first. New must not panic.
	New func() actor.Actor
	// Local kinds are not placed: each node has actors of its own of every
	// identity, for itself.
	Local bool
}

// throughput is how many messages an actor handles before others get a turn.
const throughput = 300

// Init is an actor's first message, after a restart too; it tells its identity.
type Init = protocluster.ClusterInit

// Drain asks an actor to finish what it has accepted and then to stop itself.
// Until then it answers new requests with NotDelivered, and their askers find
// the next activation.
type Drain struct{}

// RefusalError is the one error that crosses nodes as an answer.
type RefusalError = protocluster.GrainErrorResponse

// ReasonPanic is the reason of the RefusalError that the asker of a panicking actor gets.
const ReasonPanic = protocluster.ErrorReason_INTERNAL

// NotDelivered answers a request in self's name as if self had not been there.
func NotDelivered(self *actor.PID) *actor.DeadLetterResponse {
	return &actor.DeadLetterResponse{Target: self}
}

// Aside marks messages whose handling may block, such as over the store. Each is
// handled by a goroutine of its own, and nobody else's time: until that is done the
// actor handles nothing else, and what arrives waits.
type Aside interface{ Aside() }

func (k Kind) build(log *slog.Logger) *protocluster.Kind {
	return protocluster.NewKind(k.Name, actor.PropsFromProducer(k.New,
		actor.WithMailbox(boxed(actor.UnboundedLockfree())),
		// Whoever sends to an idle actor handles the message for it, then and there: a
		// request wakes no goroutine on its way down. So an actor must not block in
		// the handling of anything but what is Aside.
		actor.WithDispatcher(actor.NewSynchronizedDispatcher(throughput)),
		actor.WithReceiverMiddleware(answerPanics(k.Name, log)),
	))
}

// answerPanics tells the asker at once, then lets supervision restart the actor.
func answerPanics(kind string, log *slog.Logger) actor.ReceiverMiddleware {
	return func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(c actor.ReceiverContext, e *actor.MessageEnvelope) {
			defer func() {
				r := recover()
				if r == nil {
					return
				}
				log.LogAttrs(context.Background(), slog.LevelError, "actor panicked", slog.String("kind", kind),
					slog.String("actor", c.Self().Id), slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
				if e.Sender != nil {
					c.ActorSystem().Root.Send(e.Sender, &RefusalError{Reason: ReasonPanic, Message: "Something went wrong on our side."})
				}
				panic(r)
			}()
			next(c, e)
		}
	}
}
