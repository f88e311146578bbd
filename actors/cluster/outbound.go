package cluster

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"google.golang.org/protobuf/proto"
)

// outbound stands for every actor of other nodes. It replaces what cannot be
// carried there, which the library would drop: whoever waits gets an error at once.
type outbound struct {
	cluster *protocluster.Cluster
	log     *slog.Logger
}

// resolve is an actor.AddressResolver. It must be registered before the library's.
func (o *outbound) resolve(*actor.PID) (actor.Process, bool) { return o, true }

// SendUserMessage implements actor.Process.
func (o *outbound) SendUserMessage(to *actor.PID, message any) {
	header, m, sender := actor.UnwrapEnvelope(message)
	if pm, ok := m.(proto.Message); !ok || proto.Size(pm) > maxMessageBytes {
		o.log.LogAttrs(context.Background(), slog.LevelError, "a message cannot be sent to another node",
			slog.String("type", fmt.Sprintf("%T", m)), slog.String("to", to.String()))
		failed := &RefusalError{Reason: ReasonPanic, Message: "Something went wrong on our side."}
		if sender != nil {
			o.cluster.ActorSystem.Root.Send(sender, failed)
			return
		}
		m = failed // an answer, as far as anybody waits for it
	}
	o.cluster.Remote.SendMessage(to, header, m, sender, 0)
}

// SendSystemMessage implements actor.Process: nobody here watches or stops actors
// of other nodes, and they would not have it.
func (o *outbound) SendSystemMessage(to *actor.PID, message any) {
	o.log.LogAttrs(context.Background(), slog.LevelError, "a system message is not sent to another node",
		slog.String("type", fmt.Sprintf("%T", message)), slog.String("to", to.String()))
}

// Stop implements actor.Process; see SendSystemMessage.
func (o *outbound) Stop(*actor.PID) {}
