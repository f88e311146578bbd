//go:build linux

// Package stage sets up what faults are injected into: PostgreSQL, Redis, perhaps
// etcd, and several processes of the program under a supervisor that starts again
// whoever ends. All of it lives in a folder of its own, on loopback addresses or
// in network namespaces of its own, and is gone after Close.
//
// It offers the means to break things and knows no fault, no bound and no load.
package stage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// startTimeout bounds the start of one part on a slow, busy machine.
const startTimeout = 90 * time.Second

// Options say what to set up. Dir, Logs, Binary and Nodes are required.
type Options struct {
	Dir    string // for data; made by the caller, who removes it
	Logs   string // folder for the nodes' logs
	Binary string // the program
	Nodes  int
	Users  int64 // made-up people, ids 1 to Users
	// Provider is how the nodes find each other.
	Provider Provider
	Flags    []string                // settings of every node
	Env      []string                // environment of every node
	NodeEnv  func(node int) []string // more of it, for one; nil: none
	Before   []string                // put in front of every node's program
	// BeforeStore is put in front of PostgreSQL's.
	BeforeStore []string
	// Disk is the size in bytes of a disk that holds PostgreSQL's data and nothing
	// else; 0: it is on the disk of Dir. It has to be mounted, which only root can.
	Disk int64
	// Network puts every node into a network namespace of its own, which only root can.
	Network bool
	Say     func(format string, args ...any) // what happens, for people
}

// Stage is what was set up. Its parts are there as long as it is not closed.
type Stage struct {
	Postgres *daemon.Postgres
	Redis    *daemon.Redis
	Etcd     *daemon.Etcd // nil: the provider is another one
	Nodes    []*Node
	Disk     *Disk    // nil: PostgreSQL shares a disk
	Network  *Network // nil: everything is on loopback

	o       Options
	key     string
	cluster cluster
	public  []string // addresses of the nodes, also of those yet to come
	admin   []string
	ended   context.Context //nolint:containedctx // the stage's own life, not a call's
	end     context.CancelFunc
	watch   sync.WaitGroup
	closers []func() error
	mu      sync.Mutex // of closers and of what Nodes have of others
}

// Open sets everything up and waits until all nodes serve. ctx bounds the start only.
func Open(ctx context.Context, o Options) (_ *Stage, err error) {
	s := &Stage{o: o, key: rand.Text() + rand.Text()}
	if s.o.Say == nil {
		s.o.Say = func(string, ...any) {}
	}
	s.ended, s.end = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := s.openStores(ctx); err != nil {
		return nil, err
	}
	if s.cluster, err = s.openCluster(ctx); err != nil {
		return nil, err
	}
	for range o.Nodes + spare {
		public, err1 := daemon.FreeAddress(loopback)
		admin, err2 := daemon.FreeAddress(loopback)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		s.public, s.admin = append(s.public, public), append(s.admin, admin)
	}
	for range o.Nodes {
		if _, err := s.Add(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Targets are the public base URLs of all nodes, also of those that Add may bring.
func (s *Stage) Targets() (urls []string) {
	for _, addr := range s.public {
		urls = append(urls, "http://"+addr)
	}
	return urls
}

// Ready tells whether a node says that it is fit for traffic.
func (s *Stage) Ready(ctx context.Context, node int) bool {
	n := Node{Admin: "http://" + s.admin[node]}
	return n.Ready(ctx)
}

// host is where the stores listen.
func (s *Stage) host() string {
	if s.Network != nil {
		return s.Network.Hub()
	}
	return loopback
}

const loopback = "127.0.0.1"

func (s *Stage) openStores(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if s.o.Network {
		network, err := openNetwork(ctx)
		if err != nil {
			return err
		}
		s.Network = network
		s.onClose(network.close)
	}
	dir := filepath.Join(s.o.Dir, "disk")
	if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must pass
		return err
	}
	settings := []string{"max_connections=200", "shared_buffers=64MB", "track_commit_timestamp=on"}
	if s.o.Disk > 0 {
		disk, err := mount(ctx, dir, s.o.Disk)
		if err != nil {
			return err
		}
		s.Disk = disk
		s.onClose(disk.close)
		settings = append(settings, "max_wal_size=64MB", "min_wal_size=32MB")
	}
	var err error
	s.Postgres, err = daemon.NewPostgres(ctx, daemon.PostgresOptions{Dir: dir, Host: s.host(), Settings: settings, Before: s.o.BeforeStore})
	if err != nil {
		return err
	}
	if s.Redis, err = daemon.NewRedis(s.o.Dir, s.host()); err != nil {
		return err
	}
	if s.o.Provider == Etcd {
		if s.Etcd, err = daemon.NewEtcd(s.o.Dir, s.host()); err != nil {
			return err
		}
		if err := s.keep(ctx, s.Etcd.Start, func() error { return s.Etcd.Kill() }); err != nil {
			return err
		}
	}
	if err := s.keep(ctx, s.Postgres.Start, s.endPostgres); err != nil {
		return err
	}
	return s.keep(ctx, s.Redis.Start, func() error { return s.Redis.Kill() })
}

// keep starts a store, which is ended when the stage closes. A method of the process
// itself is no end: it would be that of the process before the start, which is none.
func (s *Stage) keep(ctx context.Context, start func(context.Context) error, end func() error) error {
	if err := start(ctx); err != nil {
		return errors.Join(err, end())
	}
	s.onClose(end)
	return nil
}

// endPostgres ends it without ceremony: nothing of it is kept.
func (s *Stage) endPostgres() error { return errors.Join(s.Postgres.Thaw(), s.Postgres.Quit()) }

func (s *Stage) onClose(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, f)
}

// Close ends every process, the nodes first, and takes away disks and networks.
func (s *Stage) Close() error {
	s.end()
	s.watch.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, f := range slices.Backward(s.closers) {
		errs = append(errs, f())
	}
	s.closers = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("take the stage down: %w", err)
	}
	return nil
}

// Abandon ends everything at once, for those in haste: without waiting for anybody
// and whatever else is being done.
func (s *Stage) Abandon() {
	for _, n := range s.Nodes {
		_ = n.kill() // fails only when it is gone
	}
	if !s.mu.TryLock() {
		return // it is being taken down
	}
	defer s.mu.Unlock()
	for _, f := range slices.Backward(s.closers) {
		_ = f() // nobody is left to tell
	}
	s.closers = nil
}
