package cluster

import (
	"log/slog"
	"strings"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// inbound looks through what arrives from other members before the library does,
// which ends the whole connection over one message it cannot read, and would let
// any peer stop any actor.
type inbound struct {
	system *actor.ActorSystem
	fence  *fence
	log    *slog.Logger
}

// stream wraps the streams that carry messages.
func (in *inbound) stream(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, h grpc.StreamHandler) error {
	return h(srv, &inboundStream{ss, in})
}

type inboundStream struct {
	grpc.ServerStream
	in *inbound
}

// RecvMsg receives the next batch and takes out of it what must not be delivered.
func (s *inboundStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if rm, ok := m.(*remote.RemoteMessage); ok {
		if batch := rm.GetMessageBatch(); batch != nil {
			s.in.sift(batch)
		}
	}
	return nil
}

// sift keeps the envelopes that can be read, are known and may come from another
// member. Whoever asked with one of the others is told at once.
func (in *inbound) sift(b *remote.MessageBatch) {
	verdicts := make([]error, len(b.TypeNames))
	for i, name := range b.TypeNames {
		verdicts[i] = in.verdict(name)
	}
	awake := in.fence.open()
	kept := b.Envelopes[:0]
	for _, e := range b.Envelopes {
		if int(e.TypeId) >= len(b.TypeNames) || int(e.Target) >= len(b.Targets) || int(e.Sender) > len(b.Senders) ||
			e.TypeId < 0 || e.Target < 0 || e.Sender < 0 || e.SerializerId != 0 {
			in.log.Warn("a malformed message from another member was dropped")
			continue
		}
		switch verdict := verdicts[e.TypeId]; {
		case verdict != nil:
			in.log.Warn("a message from another member was refused", slog.Any("error", verdict))
			in.tell(b, e, &RefusalError{Reason: protocluster.ErrorReason_UNIMPLEMENTED, Message: "This node does not know what it was asked."})
		case !awake && e.Sender != 0:
			in.tell(b, e, NotDelivered(actor.NewPID(in.system.Address(), b.Targets[e.Target])))
		default:
			kept = append(kept, e)
		}
	}
	clear(b.Envelopes[len(kept):])
	b.Envelopes = kept
}

func (in *inbound) tell(b *remote.MessageBatch, e *remote.MessageEnvelope, answer any) {
	if e.Sender == 0 || b.Senders[e.Sender-1] == nil {
		return
	}
	to := actor.NewPID(b.Senders[e.Sender-1].Address, b.Senders[e.Sender-1].Id)
	to.RequestId = e.SenderRequestId
	in.system.Root.Send(to, answer)
}

// refusedMessage is the name of a message that is not delivered.
type refusedMessage string

func (r refusedMessage) Error() string {
	return string(r) + " is unknown here or not for others to send"
}

// verdict is nil for what another member may send: of the library's own messages
// these few, and any message that this program knows.
func (in *inbound) verdict(name string) error {
	switch name {
	case "actor.DeadLetterResponse", "cluster.ActivationRequest", "cluster.ActivationResponse",
		"cluster.ActivationTerminated", "cluster.GrainErrorResponse":
		return nil
	}
	if _, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name)); err != nil ||
		strings.HasPrefix(name, "actor.") || strings.HasPrefix(name, "remote.") || strings.HasPrefix(name, "cluster.") {
		return refusedMessage(name)
	}
	return nil
}
