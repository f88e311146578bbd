package attacks_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/swiperhq/swiper/internal/devca"
	"github.com/swiperhq/swiper/internal/nodetls"
)

// guardVar makes a process of this test's program a node: it holds the folder
// of its certificates, or "none".
const guardVar = "ATTACKS_TEST_GUARD"

// victim is the id of the node's one actor.
const victim = "victim"

func TestMain(m *testing.M) {
	if guard := os.Getenv(guardVar); guard != "" {
		if err := beNode(guard); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// beNode runs the library's transport as it comes, apart from its credentials,
// and tells on stdout where it listens and what its actor meets. It ends with stdin.
func beNode(guard string) error {
	quiet := actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) })
	system := actor.NewActorSystem(quiet)
	var opts []remote.ConfigOption
	if guard != "none" {
		creds, err := nodetls.Load(context.Background(), files(guard, "node"))
		if err != nil {
			return err
		}
		opts = append(opts, remote.WithServerOptions(grpc.Creds(creds)), remote.WithDialOptions(grpc.WithTransportCredentials(creds)))
	}
	_, err := system.Root.SpawnNamed(actor.PropsFromFunc(func(ctx actor.Context) {
		switch m := ctx.Message().(type) {
		case *wrapperspb.StringValue:
			fmt.Fprintln(os.Stdout, "heard", m.Value)
		case *actor.Stopped:
			fmt.Fprintln(os.Stdout, "stopped")
		}
	}), victim)
	if err != nil {
		return err
	}
	remote.NewRemote(system, remote.Configure("127.0.0.1", 0, opts...)).Start()
	fmt.Fprintln(os.Stdout, "address", system.Address())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func files(dir, name string) nodetls.Options {
	return nodetls.Options{
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, name+".pem"), Key: filepath.Join(dir, name+"-key.pem"), Name: "swiper",
	}
}

// certs makes a CA of its own and certificates of "node" and "peer".
func certs(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	_, err := devca.Make(devca.Request{Dir: dir, Cluster: "swiper", Nodes: []string{"node", "peer"}, Days: 30})
	require.NoError(t, err)
	return dir
}

func credentialsOf(t *testing.T, o nodetls.Options) credentials.TransportCredentials {
	t.Helper()
	c, err := nodetls.Load(t.Context(), o)
	require.NoError(t, err)
	return c
}

// node is a process that runs beNode.
type node struct {
	address string
	lines   chan string   // what it tells; closed when it has ended
	died    chan struct{} // closed when it has ended
}

func startNode(t *testing.T, guard string) *node {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), guardVar+"="+guard)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	n := &node{lines: make(chan string, 100), died: make(chan struct{})}
	go func() {
		defer close(n.died)
		defer close(n.lines)
		s := bufio.NewScanner(out)
		for s.Scan() {
			n.lines <- s.Text()
		}
		_ = cmd.Wait() // how it ended is of no matter
	}()
	t.Cleanup(func() {
		_ = in.Close()
		<-n.died
	})
	line := n.next(t)
	address, ok := strings.CutPrefix(line, "address ")
	require.True(t, ok, line)
	n.address = address
	return n
}

// next gives the next line; it fails when the process has ended.
func (n *node) next(t *testing.T) string {
	t.Helper()
	select {
	case line, ok := <-n.lines:
		require.True(t, ok, "the node has ended")
		return line
	case <-time.After(time.Minute):
		require.FailNow(t, "the node says nothing")
		return ""
	}
}

func (n *node) requireDeath(t *testing.T) {
	t.Helper()
	select {
	case <-n.died:
	case <-time.After(time.Minute):
		require.FailNow(t, "the node lives")
	}
}
