package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"

	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
)

// maxBatchBytes bounds what one member sends another at once. gRPC's own 4 MiB
// would count a whole batch of up to writerBatch messages.
const (
	maxBatchBytes = 64 << 20
	writerBatch   = 256
	// writerQueue is the initial ring per peer; the library would take a million slots.
	writerQueue = 4096
)

// remoteConfig sets up the transport behind gate.
func remoteConfig(gate credentials.TransportCredentials, log *slog.Logger) *remote.Config {
	cfg := remote.Configure("127.0.0.1", 0,
		remote.WithServerOptions(
			grpc.Creds(gate),
			grpc.MaxRecvMsgSize(maxBatchBytes),
			grpc.ChainStreamInterceptor(recoverStream(log)),
			grpc.ChainUnaryInterceptor(refuseUnary),
		),
		remote.WithDialOptions(
			grpc.WithTransportCredentials(gate),
			grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(maxBatchBytes)),
		),
		remote.WithEndpointWriterBatchSize(writerBatch),
		remote.WithEndpointWriterQueueSize(writerQueue),
	)
	cfg.MaxRetryCount = 1 // the library sleeps 2 s between tries inside its writer
	return cfg
}

// recoverStream keeps a malformed message from ending the process.
func recoverStream(log *slog.Logger) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, h grpc.StreamHandler) (err error) {
		defer func() {
			if r := recover(); r != nil {
				log.LogAttrs(ss.Context(), slog.LevelError, "remote stream panicked", slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
				err = status.Error(codes.Internal, "stream panicked")
			}
		}()
		return h(srv, ss)
	}
}

// refuseUnary answers the library's diagnostic calls, which would panic.
func refuseUnary(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
	return nil, status.Error(codes.Unimplemented, "not served")
}

// errClosed is why a dial between members fails in a cluster of one.
var errClosed = errors.New("a cluster of one talks to nobody")

// closedGate refuses every handshake, in and out.
type closedGate struct {
	knock   *sync.Once
	knocked chan struct{}
}

func newClosedGate() closedGate { return closedGate{new(sync.Once), make(chan struct{})} }

// ServerHandshake hangs up. io.EOF is the answer that gRPC does not log: anyone
// on the machine may knock.
func (g closedGate) ServerHandshake(net.Conn) (net.Conn, credentials.AuthInfo, error) {
	g.knock.Do(func() { close(g.knocked) })
	return nil, nil, io.EOF
}

// ClientHandshake fails.
func (g closedGate) ClientHandshake(context.Context, string, net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errClosed
}

// Info names the protocol for gRPC's diagnostics.
func (g closedGate) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "closed"}
}

// Clone gives the gate itself: it has no state of a connection.
func (g closedGate) Clone() credentials.TransportCredentials { return g }

// OverrideServerName has nothing to override.
func (g closedGate) OverrideServerName(string) error { return nil }

// verify knocks at addr and sees itself refused: the library tells neither when
// its listener serves nor who guards it.
func (g closedGate) verify(ctx context.Context, addr string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("own listener does not answer: %w", err)
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	select {
	case <-g.knocked:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("own listener does not serve: %w", ctx.Err())
	}
}
