// Package testetcd gives tests an etcd process of their own. Without etcd on the
// machine the test is skipped with a line that says so; where CI is "true" it
// fails instead, so that no pipeline passes by skipping.
//
// It knows no keys: what stands in it is the test's.
package testetcd

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// Server is an etcd process on free loopback ports.
type Server struct {
	Address string // host:port for clients
	Client  *clientv3.Client

	peer, dir string
	cmd       *exec.Cmd
}

// Start starts one, which ends with the test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	if _, err := exec.LookPath("etcd"); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal("etcd must be installed in CI: the tests of clusters do not run without it")
		}
		tb.Skip("skipped: there is no etcd on this machine, so nothing was tested against it")
	}
	s := &Server{Address: free(tb), peer: free(tb), dir: tb.TempDir()}
	var err error
	s.Client, err = clientv3.New(clientv3.Config{Endpoints: []string{s.Address}, DialTimeout: time.Second, Logger: zap.NewNop()})
	require.NoError(tb, err)
	tb.Cleanup(func() {
		_ = s.Client.Close()
		s.Kill()
	})
	s.Restart(tb)
	return s
}

// free gives an address that nobody listens on just now.
func free(tb testing.TB) string {
	tb.Helper()
	l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	defer l.Close() //nolint:errcheck // nothing was accepted
	return l.Addr().String()
}

// Restart starts it again after Kill, on the same ports and data.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	s.cmd = exec.CommandContext(context.Background(), "etcd", "--name", "one", "--data-dir", s.data(), //nolint:gosec // the test's own
		"--listen-client-urls", "http://"+s.Address, "--advertise-client-urls", "http://"+s.Address,
		"--listen-peer-urls", "http://"+s.peer, "--initial-advertise-peer-urls", "http://"+s.peer, "--initial-cluster", "one=http://"+s.peer)
	require.NoError(tb, s.cmd.Start())
	require.Eventually(tb, func() bool { return s.Count("/") >= 0 }, time.Minute, 50*time.Millisecond, "etcd does not answer")
}

// Count gives how many keys begin with prefix; -1 while etcd does not answer.
func (s *Server) Count(prefix string) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r, err := s.Client.Get(ctx, prefix, clientv3.WithPrefix(), clientv3.WithCountOnly())
	if err != nil {
		return -1
	}
	return int(r.Count)
}

// Kill ends it by SIGKILL.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// Forget loses its data, while it does not run.
func (s *Server) Forget(tb testing.TB) {
	tb.Helper()
	require.NoError(tb, os.RemoveAll(s.data()))
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }
