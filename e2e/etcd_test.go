package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// etcd is an etcd process of the test's own.
type etcd struct {
	address, peer, dir string
	cmd                *exec.Cmd
	client             *clientv3.Client
}

// startEtcd starts one on free loopback ports. Without etcd on the machine the
// test is skipped, in CI it fails.
func startEtcd(t testing.TB) *etcd {
	t.Helper()
	if _, err := exec.LookPath("etcd"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("etcd must be installed in CI: the tests of clusters do not run without it")
		}
		t.Skip("skipped: there is no etcd on this machine, so nothing was tested against it")
	}
	at := freeAddresses(t, 2)
	e := &etcd{address: at[0], peer: at[1], dir: t.TempDir()}
	t.Cleanup(func() {
		if e.client != nil {
			_ = e.client.Close()
		}
		e.kill()
	})
	e.start(t)
	return e
}

func (e *etcd) start(t testing.TB) {
	t.Helper()
	e.cmd = exec.Command("etcd", "--name", "one", "--data-dir", e.dir+"/data",
		"--listen-client-urls", "http://"+e.address, "--advertise-client-urls", "http://"+e.address,
		"--listen-peer-urls", "http://"+e.peer, "--initial-advertise-peer-urls", "http://"+e.peer, "--initial-cluster", "one=http://"+e.peer)
	require.NoError(t, e.cmd.Start())
	if e.client == nil {
		var err error
		e.client, err = clientv3.New(clientv3.Config{Endpoints: []string{e.address}, DialTimeout: time.Second, Logger: zap.NewNop()})
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return e.members(t) >= 0 }, time.Minute, 50*time.Millisecond, "etcd does not answer")
}

// members counts the keys of members; -1 while etcd does not answer.
func (e *etcd) members(t testing.TB) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r, err := e.client.Get(ctx, "/swiper/", clientv3.WithPrefix(), clientv3.WithKeysOnly())
	if err != nil {
		return -1
	}
	return int(max(r.Count-1, 0)) // but for the generation
}

// kill ends it by SIGKILL.
func (e *etcd) kill() {
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait()
}

// forget loses its data.
func (e *etcd) forget(t testing.TB) {
	t.Helper()
	require.NoError(t, os.RemoveAll(e.dir+"/data"))
}
