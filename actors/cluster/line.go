package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// unreachedFor is how long a node that could not be reached is not tried again;
// who asks meanwhile is told so at once.
const unreachedFor = 100 * time.Millisecond

var errUnreached = errors.New("the node could not be reached")

// lines wraps the library's streams to other nodes. When one cannot be opened, the
// library would let everything for that node wait for 2 s, and then end whatever
// connection to that address stands by that time. So it is told that the stream
// stands, and the stream gives every message back until it ends, soon.
func (c *courier) lines(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	l := &line{ctx: ctx, courier: c, address: conn.Target(), fresh: true}
	l.real, l.err = open(ctx, desc, conn, method, opts...)
	return l, nil
}

// line is a stream, or stands for one that could not be opened.
type line struct {
	ctx     context.Context //nolint:containedctx // the stream's, as its interface has it
	courier *courier
	address string
	real    grpc.ClientStream
	err     error // why there is none
	fresh   bool  // until the other side has answered the first message
}

// RecvMsg implements grpc.ClientStream. The library calls it once before it sends
// any message to an actor.
func (l *line) RecvMsg(m any) error {
	switch {
	case l.err == nil && !l.fresh:
		return l.real.RecvMsg(m)
	case l.err == nil:
		if l.err = l.real.RecvMsg(m); l.err == nil {
			l.fresh = false
			return nil
		}
	case !l.fresh:
		pause(l.ctx, unreachedFor)
		return errUnreached
	}
	l.fresh = false
	l.courier.peers.epoch(l.address).unreached.Store(true)
	if rm, ok := m.(*remote.RemoteMessage); ok {
		rm.MessageType = &remote.RemoteMessage_ConnectResponse{ConnectResponse: &remote.ConnectResponse{}}
	}
	return nil
}

// SendMsg implements grpc.ClientStream.
func (l *line) SendMsg(m any) error {
	if l.err == nil {
		return l.real.SendMsg(m)
	}
	rm, ok := m.(*remote.RemoteMessage)
	if !ok {
		return nil
	}
	b := rm.GetMessageBatch()
	for _, e := range b.GetEnvelopes() {
		if e.Sender == 0 {
			continue
		}
		sender := actor.NewPID(b.Senders[e.Sender-1].Address, b.Senders[e.Sender-1].Id)
		sender.RequestId = e.SenderRequestId
		l.courier.system.Root.Send(sender, NotDelivered(actor.NewPID(l.address, b.Targets[e.Target])))
	}
	return nil
}

// CloseSend implements grpc.ClientStream.
func (l *line) CloseSend() error {
	if l.real == nil {
		return nil
	}
	return l.real.CloseSend()
}

// Header implements grpc.ClientStream.
func (l *line) Header() (metadata.MD, error) {
	if l.real == nil {
		return nil, l.err
	}
	return l.real.Header()
}

// Trailer implements grpc.ClientStream.
func (l *line) Trailer() metadata.MD {
	if l.real == nil {
		return nil
	}
	return l.real.Trailer()
}

// Context implements grpc.ClientStream.
func (l *line) Context() context.Context { return l.ctx }
