package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// maxBatchBytes bounds what one member sends another at once. gRPC's own 4 MiB
// would count a whole batch of up to writerBatch messages.
const (
	maxBatchBytes = 64 << 20
	writerBatch   = 128
	// maxMessageBytes keeps the largest batch within maxBatchBytes.
	maxMessageBytes = maxBatchBytes / writerBatch / 2
	// writerQueue is the initial ring per peer; the library would take a million slots.
	writerQueue = 4096
)

// remoteConfig sets up the transport on at, behind creds; advertise is what
// others call it, "" for the same.
func remoteConfig(at netip.AddrPort, advertise string, creds credentials.TransportCredentials, in *inbound, out *courier, x *exchange) *remote.Config {
	dial := append(dialOptions(creds),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(maxBatchBytes)),
		grpc.WithChainStreamInterceptor(out.lines),
		// gRPC's shortest; a frozen peer is mostly noticed by the membership.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}),
	)
	cfg := remote.Configure(hostOf(at), int(at.Port()),
		remote.WithServerOptions(
			grpc.Creds(creds),
			grpc.MaxRecvMsgSize(maxBatchBytes),
			grpc.ChainStreamInterceptor(recoverStream(in.log), in.stream),
			grpc.ChainUnaryInterceptor(refuseUnary),
			grpc.UnknownServiceHandler(x.serve),
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		),
		remote.WithDialOptions(dial...),
		remote.WithEndpointWriterBatchSize(writerBatch),
		remote.WithEndpointWriterQueueSize(writerQueue),
		remote.WithAdvertisedHost(advertise),
	)
	cfg.MaxRetryCount = 1 // see courier.lines
	return cfg
}

// hostOf gives the host as it stands before ":port".
func hostOf(at netip.AddrPort) string {
	if at.Addr().Is6() {
		return "[" + at.Addr().String() + "]"
	}
	return at.Addr().String()
}

// listenAddress reads Options.Listen; "" is a free port of the loopback interface.
func listenAddress(text string) (netip.AddrPort, error) {
	if text == "" {
		text = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("listen address of the cluster: %w", err)
	}
	switch host {
	case "localhost":
		host = "127.0.0.1"
	case "":
		host = "0.0.0.0"
	}
	at, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	if err != nil {
		return at, fmt.Errorf("listen address of the cluster: %w", err)
	}
	return at, nil
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
