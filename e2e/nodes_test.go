package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nodes is a cluster of processes on one storage.
type nodes struct {
	t       testing.TB
	flags   []string // of every node, the provider included
	address []string // where members reach each other, by node
	running []*program
}

const phoneKey = "an-end-to-end-phone-key-of-32-bytes-or-more"

// freeAddresses gives loopback addresses that nobody listens on just now.
func freeAddresses(t testing.TB, n int) []string {
	t.Helper()
	out := make([]string, n)
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		out[i] = l.Addr().String()
	}
	return out
}

// startNodes starts a cluster of three nodes with demo users; more addresses than
// that are kept for nodes that come later.
func startNodes(t testing.TB, provider string, more int, flags ...string) *nodes {
	t.Helper()
	const n = 3
	c := &nodes{t: t, address: freeAddresses(t, n+more)}
	if provider == "static" {
		provider = "static:" + strings.Join(c.address, ",")
	}
	c.flags = append(append([]string{
		"--auth.key", authKey, "--phone.key", phoneKey, "--media.shared", "--media.store", "disk:" + t.TempDir(), "--cluster.provider", provider, "--cluster.name", strings.ToLower("e2e-" + lastOf(c.address[0], ":")),
	}, postgresFlags(t)...), flags...)
	c.running = make([]*program, n+more)
	c.start(0, "--demo") // migrates and seeds
	for i := 1; i < n; i++ {
		c.start(i)
	}
	c.settle(n)
	return c
}

func lastOf(s, sep string) string { return s[strings.LastIndex(s, sep)+1:] }

// start starts node i, again if it has ended, and waits until it serves.
func (c *nodes) start(i int, flags ...string) {
	c.t.Helper()
	flags = append(append([]string{"--data.dir", c.t.TempDir(), "--cluster.listen", c.address[i]}, c.flags...), flags...)
	c.running[i] = start(c.t, startOptions{flags: flags})
}

// live gives the processes that run.
func (c *nodes) live() []*program {
	var out []*program
	for _, p := range c.running {
		if p == nil {
			continue
		}
		select {
		case <-p.done:
		default:
			out = append(out, p)
		}
	}
	return out
}

type clusterView struct {
	Self, View string
	Members    []struct {
		ID, Address, Version string
		Kinds                []string
		Leaving              bool
		Activations          map[string]int
	}
}

func viewOf(t testing.TB, p *program) (v clusterView, ok bool) {
	t.Helper()
	a := admin(t, p, http.MethodGet, "/admin/members", nil)
	return v, a.err == nil && a.status == http.StatusOK && json.Unmarshal(a.body, &v) == nil
}

// settle waits until all that run see the same n members.
func (c *nodes) settle(n int) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		var hashes []string
		for _, p := range c.live() {
			v, ok := viewOf(c.t, p)
			if !ok || len(v.Members) != n {
				return false
			}
			hashes = append(hashes, v.View)
		}
		return len(slices.Compact(hashes)) == 1
	}, 40*time.Second, 50*time.Millisecond, "the views do not agree on %d members", n)
}

// traffic is clients who swipe, look at decks and rewind through nodes that say
// they are ready, as a balancer would have it.
type traffic struct {
	t     testing.TB
	w     *world
	mu    sync.Mutex
	ready []*program
	stop  context.CancelFunc
	done  sync.WaitGroup

	answered int
	failed   []string
	slowest  time.Duration
}

// traffic starts with workers users, each through the ready nodes in turn.
func (c *nodes) traffic(users, workers int) *traffic {
	c.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	tr := &traffic{t: c.t, w: newWorld(c.t, c.live(), demoUsers), stop: stop}
	c.t.Cleanup(func() { stop(); tr.done.Wait() })
	tr.w.attach(c.live())
	tr.balance(c)
	tr.done.Go(func() {
		for tick := time.NewTicker(100 * time.Millisecond); ctx.Err() == nil; <-tick.C {
			tr.balance(c)
		}
	})
	for worker := range workers {
		tr.done.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				uid := 1 + (worker+i*workers)%users
				sid := 1 + (uid+7*i+i/users)%demoUsers
				if sid == uid {
					sid = 1 + sid%demoUsers
				}
				tr.once(ctx, worker+i, uid, sid, i)
			}
		})
	}
	return tr
}

// balance keeps to the nodes whose /readyz says so.
func (tr *traffic) balance(c *nodes) {
	var ready []*program
	client := &http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	for _, p := range c.live() {
		resp, err := client.Get(p.Admin + "/readyz")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			ready = append(ready, p)
		}
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.ready = ready
}

func (tr *traffic) once(ctx context.Context, turn, uid, sid, i int) {
	tr.mu.Lock()
	if len(tr.ready) == 0 {
		tr.mu.Unlock()
		select { // clients back off
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
		}
		return
	}
	p := tr.ready[turn%len(tr.ready)]
	tr.mu.Unlock()
	c := tr.w.clientOf(p, uid)
	begun := time.Now()
	var a answer
	if i%10 == 9 {
		a = c.call(ctx, http.MethodGet, "/v1/deck?limit=5", nil)
	} else {
		a = c.call(ctx, http.MethodPost, "/v1/swipes", map[string]any{"user_id": sid, "mark": "dislike"})
	}
	took := time.Since(begun)
	if ctx.Err() != nil {
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.answered++
	tr.slowest = max(tr.slowest, took)
	if a.err != nil || a.status >= 500 || a.status == http.StatusTooManyRequests {
		tr.failed = append(tr.failed, fmt.Sprintf("%s after %s: %d %s %v", p.HTTP, took.Round(time.Millisecond), a.status, a.body, a.err))
	}
}

// end stops the traffic and gives what failed.
func (tr *traffic) end() (answered int, failed []string, slowest time.Duration) {
	tr.stop()
	tr.done.Wait()
	return tr.answered, tr.failed, tr.slowest
}

// count gives how many requests were answered so far.
func (tr *traffic) count() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.answered
}

// await waits for more answers.
func (tr *traffic) await(more int) {
	tr.t.Helper()
	from := tr.count()
	require.Eventually(tr.t, func() bool { return tr.count() >= from+more }, time.Minute, 10*time.Millisecond, "no traffic")
}
