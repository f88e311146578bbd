package cluster_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/remote"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// An anonymous peer of the library's transport could stop actors and, by one
// diagnostic call, the process.
//
//nolint:paralleltest // a gRPC client reads the global that the start of another member writes
func TestNothingIsReachedFromOutside(t *testing.T) {
	n := start(t, echoKind())
	host, _, err := net.SplitHostPort(n.Address())
	require.NoError(t, err)
	require.True(t, net.ParseIP(host).IsLoopback())
	ctx := within(t, 10*time.Second)

	conn, err := grpc.NewClient(n.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	client := remote.NewRemotingClient(conn)
	_, err = client.ListProcesses(ctx, &remote.ListProcessesRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
	stream, err := client.Receive(ctx)
	if err == nil {
		_, err = stream.Recv()
	}
	require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)

	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", n.Address())
	require.NoError(t, err)
	defer func() { _ = raw.Close() }()
	require.NoError(t, raw.SetDeadline(time.Now().Add(5*time.Second)))
	got, err := io.ReadAll(raw)
	require.NoError(t, err, "hung up, not left waiting")
	require.Empty(t, got)

	require.NoError(t, say(ctx, n, "1", "hello"), "the node lives on")
}
