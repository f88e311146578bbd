package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// exchangeMethod is where memberships talk to each other, on the port of the actors.
const exchangeMethod = "/swiper.cluster.v1.Membership/Exchange"

// exchange carries the words of memberships.
type exchange struct {
	creds  credentials.TransportCredentials
	answer func(context.Context, []byte) ([]byte, error)

	mu    sync.Mutex
	conns map[string]*grpc.ClientConn
}

// serve is the handler of what the library does not serve.
func (x *exchange) serve(_ any, ss grpc.ServerStream) error {
	if method, _ := grpc.MethodFromServerStream(ss); method != exchangeMethod {
		return status.Error(codes.Unimplemented, "not served")
	}
	in := &wrapperspb.BytesValue{}
	if err := ss.RecvMsg(in); err != nil {
		return err
	}
	out, err := x.answer(ss.Context(), in.Value)
	if err != nil {
		return status.Error(codes.Unavailable, err.Error())
	}
	return ss.SendMsg(wrapperspb.Bytes(out))
}

func (x *exchange) with(ctx context.Context, address string, payload []byte) ([]byte, error) {
	conn, err := x.conn(address)
	if err != nil {
		return nil, err
	}
	out := &wrapperspb.BytesValue{}
	if err := conn.Invoke(ctx, exchangeMethod, wrapperspb.Bytes(payload), out); err != nil {
		return nil, fmt.Errorf("ask the member at %s: %w", address, err)
	}
	return out.Value, nil
}

func (x *exchange) conn(address string) (*grpc.ClientConn, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if conn := x.conns[address]; conn != nil {
		return conn, nil
	}
	conn, err := grpc.NewClient("passthrough:///"+address, dialOptions(x.creds)...)
	if err != nil {
		return nil, fmt.Errorf("member at %s: %w", address, err)
	}
	if x.conns == nil {
		x.conns = map[string]*grpc.ClientConn{}
	}
	x.conns[address] = conn
	return conn, nil
}

func (x *exchange) close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, conn := range x.conns {
		_ = conn.Close() // nothing is under way
	}
	x.conns = nil
}

// dialOptions are those of every connection to another member: a dead one is
// noticed and tried again soon.
func dialOptions(creds credentials.TransportCredentials) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithNoProxy(),
		grpc.WithConnectParams(grpc.ConnectParams{
			MinConnectTimeout: time.Second,
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 500 * time.Millisecond},
		}),
	}
}
