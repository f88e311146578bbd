//go:build linux

package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/server"
)

const (
	// restartAfter is what the supervisor waits before it starts a process again.
	restartAfter = 250 * time.Millisecond
	// retryAfter is what it waits after a start that failed.
	retryAfter = time.Second
)

// Node is one process of the program, and the ones that follow it in its place.
// All methods may be called from any goroutine.
type Node struct {
	Number      int    // from 0
	HTTP, Admin string // base URLs, always the same

	stage  *Stage
	server *server.Server // the supervisor's

	mu    sync.Mutex
	pid   int  // of the process that serves, or did until just now; 0: none
	asked bool // to end, by us
	gone  bool // for good
	exits []Exit
}

// Exit is the end of a node's process.
type Exit struct {
	At     time.Time
	Status int // -1: a signal ended it
	Asked  bool
}

// Add starts one more node and waits until it serves.
func (s *Stage) Add(ctx context.Context) (*Node, error) {
	n := &Node{Number: len(s.Nodes), stage: s}
	log, err := os.Create(filepath.Join(s.o.Logs, nodeName(n.Number)+".log"))
	if err != nil {
		return nil, err
	}
	s.onClose(log.Close)
	public, admin := s.public[n.Number], s.admin[n.Number]
	n.HTTP, n.Admin = "http://"+public, "http://"+admin
	before := s.o.Before
	if s.Network != nil {
		if before, err = s.Network.join(ctx, n.Number, public, admin); err != nil {
			return nil, err
		}
		before = append(before, s.o.Before...)
	}
	options := server.Options{
		Binary: s.o.Binary, Before: before, Log: quiet{log},
		Flags: slices.Concat([]string{
			"--database.url", s.Postgres.URL(), "--redis.url", s.Redis.URL(), "--auth.key", s.key, "--phone.key", s.key,
			"--http.listen", public, "--admin.listen", admin,
		}, s.membership(n.Number), s.o.Flags),
		Env: slices.Clone(s.o.Env),
	}
	if s.o.NodeEnv != nil {
		options.Env = append(options.Env, s.o.NodeEnv(n.Number)...)
	}
	if n.Number == 0 {
		options.Users = s.o.Users
	}
	if n.server, err = server.Start(ctx, options); err != nil {
		return nil, fmt.Errorf("node %d: %w", n.Number+1, err)
	}
	n.pid = n.server.PID()
	s.Nodes = append(s.Nodes, n)
	s.watch.Go(n.supervise)
	return n, nil
}

// supervise starts the node's process again whenever it ends.
func (n *Node) supervise() {
	ctx := n.stage.ended
	for {
		select {
		case <-n.server.Ended():
		case <-ctx.Done():
			_ = n.Signal(syscall.SIGCONT) // one that is paused could not end
		}
		if ctx.Err() != nil || n.ended() {
			if err := n.server.Stop(); err != nil && ctx.Err() != nil {
				n.stage.o.Say("node %d did not end well: %v", n.Number+1, err)
			}
			n.forget()
			return
		}
		wait(ctx, restartAfter)
		for ctx.Err() == nil {
			err := n.server.Again(ctx)
			if err == nil {
				n.serves()
				break
			}
			n.stage.o.Say("node %d could not be started again: %s", n.Number+1, firstLine(err))
			wait(ctx, retryAfter)
		}
	}
}

// ended takes note of an exit and tells whether it is for good.
func (n *Node) ended() (gone bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := Exit{time.Now(), n.server.ExitCode(), n.asked}
	n.exits = append(n.exits, e)
	n.pid, n.asked = 0, false
	if !e.Asked {
		n.stage.o.Say("node %d has ended with status %d", n.Number+1, e.Status)
	}
	return n.gone
}

// forget lets go of a process that is gone for good: its id may be another's soon.
func (n *Node) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pid = 0
}

func (n *Node) serves() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pid = n.server.PID()
}

// Exits gives those so far.
func (n *Node) Exits() []Exit {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.exits)
}

// PID is the id of the process that serves; 0: none does.
func (n *Node) PID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.pid
}

// Signal sends a signal that does not end the process; nobody there is no error.
func (n *Node) Signal(s syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.send(s)
}

func (n *Node) send(s syscall.Signal) error {
	if n.pid == 0 {
		return nil
	}
	if err := syscall.Kill(n.pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

func (n *Node) kill() error { return n.Signal(syscall.SIGKILL) }

// End ends the process by a signal; the supervisor starts another.
func (n *Node) End(s syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = n.pid != 0
	return n.send(s)
}

// Leave ends the process gracefully, for good, and waits until it is gone.
func (n *Node) Leave(ctx context.Context) error {
	n.mu.Lock()
	n.gone = true
	n.mu.Unlock()
	if err := n.End(syscall.SIGTERM); err != nil {
		return err
	}
	return until(ctx, func() bool { return n.PID() == 0 })
}

// Ready tells whether the node says that it is fit for traffic.
func (n *Node) Ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Admin+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close() //nolint:errcheck // its status says all
	return resp.StatusCode == http.StatusOK
}

// AwaitAnother waits until a process serves in the node that is not pid.
func (n *Node) AwaitAnother(ctx context.Context, pid int) error {
	return until(ctx, func() bool {
		now := n.PID()
		return now != 0 && now != pid && n.Ready(ctx)
	})
}

// until looks every little while whether something is so, and fails when ctx ends.
func until(ctx context.Context, so func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func firstLine(err error) string {
	line, _, _ := bytes.Cut([]byte(err.Error()), []byte("\n"))
	return string(line)
}

// quiet leaves the lines about requests out of a log.
type quiet struct{ to io.Writer }

func (q quiet) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"msg":"request"`)) {
		return len(line), nil
	}
	return q.to.Write(line)
}
