//go:build unix

package daemon

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Etcd is a cluster of one member. It does not wait for its disk, which it shares
// with all else here: only a crash of the machine could tell the difference. Its methods are for one goroutine at a time.
type Etcd struct {
	*Process // of the latest start

	dir, program string
	client, peer string // addresses
}

// NewEtcd prepares a server that keeps its data in dir and listens on host, an IP
// address.
func NewEtcd(dir, host string) (*Etcd, error) {
	program, err := exec.LookPath("etcd")
	if err != nil {
		return nil, &NotInstalledError{Program: "etcd"}
	}
	e := &Etcd{dir: dir, program: program}
	if e.client, err = FreeAddress(host); err != nil {
		return nil, err
	}
	e.peer, err = FreeAddress(host)
	return e, err
}

// Start serves what the folder holds, always on the same ports, and waits until
// it answers.
func (e *Etcd) Start(ctx context.Context) error {
	client, peer := "http://"+e.client, "http://"+e.peer
	serve := exec.Command(e.program, "--name", "one", "--data-dir", e.data(), "--unsafe-no-fsync", "--log-level", "warn", //nolint:gosec,noctx // found by us; outlives the start's context
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "one="+peer)
	var err error
	if e.Process, err = Spawn(serve, syscall.SIGTERM, filepath.Join(e.dir, "etcd.log")); err != nil {
		return err
	}
	return e.Ready(ctx, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, client+"/health", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close() //nolint:errcheck // its status says all
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("etcd says %s", resp.Status)
		}
		return nil
	})
}

func (e *Etcd) data() string { return filepath.Join(e.dir, "etcd") }

// Wipe removes all data of a server that does not run.
func (e *Etcd) Wipe() error { return os.RemoveAll(e.data()) }

// Addr is where clients find it, host and port.
func (e *Etcd) Addr() string { return e.client }
