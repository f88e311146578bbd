package probe_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/probe"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// node stands in for one of the program's.
type node struct {
	*httptest.Server

	refusing atomic.Bool // answers 503 to all
	mu       sync.Mutex
	pairs    map[[2]string]int // swipes by token and body
	paths    map[string]int
}

func newNode(t *testing.T) *node {
	t.Helper()
	n := &node{pairs: map[[2]string]int{}, paths: map[string]int{}}
	n.Server = httptest.NewServer(http.HandlerFunc(n.serve))
	t.Cleanup(n.Close)
	return n
}

func (n *node) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n.mu.Lock()
	n.paths[r.URL.Path]++
	if r.URL.Path == "/v1/swipes" {
		n.pairs[[2]string{r.Header.Get("Authorization"), string(body)}]++
	}
	n.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case n.refusing.Load():
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"code":"unavailable"}`))
	case r.URL.Path == "/v1/auth/code":
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"code":"rate_limited"}`))
	case r.URL.Path == "/v1/swipes":
		var asked struct {
			UserID int64  `json:"user_id"`
			Mark   string `json:"mark"`
		}
		_ = json.Unmarshal(body, &asked)
		_ = json.NewEncoder(w).Encode(asked)
	default:
		_, _ = w.Write([]byte(`{}`))
	}
}

func (n *node) calls(path string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.paths[path]
}

func people() (ids []social.UserID, ring *client.Keyring) {
	ring = &client.Keyring{}
	for i := range 20 {
		ids = append(ids, social.UserID(i+1))
		ring.Put(ids[i], string(rune('a'+i)))
	}
	return ids, ring
}

// run lets a probe run until enough has been seen.
func run(t *testing.T, o probe.Options, enough func() bool) []judge.Sample {
	t.Helper()
	p, err := probe.New(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.Run(ctx)
	}()
	require.Eventually(t, enough, 30*time.Second, 5*time.Millisecond)
	cancel()
	<-over
	return p.Samples()
}

// Every node is called, one that is away fails, and what is balanced goes on to
// the others.
func TestProbe(t *testing.T) {
	t.Parallel()
	one, gone, later := newNode(t), newNode(t), newNode(t)
	away := gone.URL
	gone.Close()
	ids, ring := people()
	samples := run(t, probe.Options{
		Targets: []string{one.URL, away, later.URL}, Nodes: 2, Tokens: ring, Users: ids, PerNode: 200, Balanced: 200, Logins: 50,
		Ready: func(ctx context.Context, node int) bool { return node != 2 && ctx.Err() == nil },
	}, func() bool { return one.calls("/v1/swipes") > 100 && one.calls("/v1/auth/code") > 5 })
	kinds, ready := map[judge.Kind]int{}, false
	for i, s := range samples {
		require.False(t, i > 0 && s.At.Before(samples[i-1].At), "in order of time")
		switch {
		case s.Balanced:
			ready = ready || s.OK() // once it has been asked, the first one is, to the end
			require.True(t, s.OK() && s.Node == 0 || s.Outcome == "no node is ready" && !ready, "%+v", s)
		case s.Node == 0:
			require.True(t, s.OK(), "%+v", s)
			kinds[s.Kind]++
		default:
			require.Equal(t, 1, s.Node, "the third one is yet to come")
			require.Equal(t, "connection", s.Outcome)
		}
	}
	for _, k := range []judge.Kind{judge.Swipe, judge.Read, judge.Deck, judge.Login} {
		require.Positive(t, kinds[k], k)
	}
	for pair, n := range one.pairs {
		require.Equal(t, 1, n, "%v: every swipe is another one, as long as there are", pair)
	}
	require.Zero(t, later.calls("/v1/swipes"))
}

// A node that gets ready takes part in what is balanced.
func TestBalancedFollowsReadiness(t *testing.T) {
	t.Parallel()
	one, later := newNode(t), newNode(t)
	ids, ring := people()
	var ready atomic.Bool
	samples := run(t, probe.Options{
		Targets: []string{one.URL, later.URL}, Nodes: 1, Tokens: ring, Users: ids, Balanced: 200,
		Ready: func(_ context.Context, node int) bool { return node == 0 || ready.Load() },
	}, func() bool {
		ready.Store(one.calls("/v1/swipes") > 10)
		return later.calls("/v1/swipes") > 10
	})
	require.NotEmpty(t, samples)
}

// What is answered is no reason to ask another node.
func TestBalancedTakesAnswers(t *testing.T) {
	t.Parallel()
	one, two := newNode(t), newNode(t)
	one.refusing.Store(true)
	ids, ring := people()
	samples := run(t, probe.Options{
		Targets: []string{one.URL, two.URL}, Nodes: 0, Tokens: ring, Users: ids, Balanced: 200,
		Ready: func(context.Context, int) bool { return true },
	}, func() bool { return one.calls("/v1/swipes") > 20 && two.calls("/v1/swipes") > 20 })
	refused := 0
	for _, s := range samples {
		if s.Node == 0 && !s.OK() && s.Status != 0 {
			require.Equal(t, http.StatusServiceUnavailable, s.Status)
			require.True(t, s.RetryAfter)
			refused++
		}
	}
	require.Greater(t, refused, 20)
}

func TestBurst(t *testing.T) {
	t.Parallel()
	one := newNode(t)
	ids, ring := people()
	p, err := probe.New(probe.Options{Targets: []string{one.URL}, Tokens: ring, Users: ids, Ready: func(context.Context, int) bool { return true }})
	require.NoError(t, err)
	sent := p.Burst(0, 64)
	require.Len(t, sent, 64)
	seen := map[probe.Sent]bool{}
	for _, s := range sent {
		require.NotEqual(t, s.UID, s.SID)
		s.At = time.Time{}
		require.False(t, seen[s])
		seen[s] = true
	}
	require.Eventually(t, func() bool { return one.calls("/v1/swipes") == 64 }, 30*time.Second, 5*time.Millisecond)
	require.Empty(t, p.Samples())
}

func TestFlood(t *testing.T) {
	t.Parallel()
	one := newNode(t)
	ids, ring := people()
	o := probe.FloodOptions{Target: one.URL, Tokens: ring, Users: ids, Warm: 50 * time.Millisecond, For: 300 * time.Millisecond, Concurrency: 4}
	f, err := probe.Flood(t.Context(), "peak", o)
	require.NoError(t, err)
	require.Positive(t, f.Accepted)
	require.Positive(t, f.P99)
	require.Equal(t, f.Offered, f.Accepted)
	require.Less(t, f.Offered, one.calls("/v1/swipes"), "what comes before does not count")

	one.refusing.Store(true)
	o.Rate, o.Idol = 200, ids[0]
	f, err = probe.Flood(t.Context(), "flood", o)
	require.NoError(t, err)
	require.Positive(t, f.Refused)
	require.Equal(t, f.Offered, f.Refused)
	require.LessOrEqual(t, f.Offered, 61, "those due at both ends of the time count")
}
