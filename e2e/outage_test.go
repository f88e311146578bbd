package e2e_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// TestDatabaseGone cuts the program off from Postgres: requests are told so in
// bounded time and with Retry-After, nothing piles up, and everything works
// again by itself once the database is back.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	flags := postgresFlags(t)
	direct, err := url.Parse(flags[1])
	require.NoError(t, err)
	wire := newWire(t, direct.Host)
	direct.Host = wire.listener.Addr().String()
	flags[1] = direct.String()
	p := start(t, startOptions{flags: append(flags, "--demo", "--data.dir", t.TempDir(), "--http.request_timeout", "5s")})
	w := newWorld(t, []*program{p}, 50)
	require.Empty(t, w.swipe(1, 2, social.MarkLike).Code)

	wire.cut()
	people := keys(w.tokens)
	each(people, len(people), func(uid social.UserID) {
		for _, path := range []string{"/v1/swipes", "/v1/swipes/rewind"} {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			var body any
			if path == "/v1/swipes" {
				body = map[string]any{"user_id": uid%50 + 1, "mark": "like"}
			}
			a := w.as(uid).call(ctx, http.MethodPost, path, body)
			cancel()
			if !assertUnavailable(t, a) {
				return
			}
		}
		assertUnavailable(t, w.as(uid).call(context.Background(), http.MethodGet, "/v1/friends", nil))
	})
	require.Equal(t, http.StatusServiceUnavailable, admin(t, p, http.MethodGet, "/readyz", nil).status)
	require.Equal(t, http.StatusOK, admin(t, p, http.MethodGet, "/healthz", nil).status)

	wire.heal()
	require.Eventually(t, func() bool {
		a := w.as(3).call(context.Background(), http.MethodPost, "/v1/swipes", map[string]any{"user_id": 1, "mark": "like"})
		return a.status == http.StatusOK
	}, 15*time.Second, 100*time.Millisecond, "the program did not recover")
	require.Eventually(t, func() bool { return admin(t, p, http.MethodGet, "/readyz", nil).status == http.StatusOK },
		15*time.Second, 100*time.Millisecond)
	again := w.swipe(1, 2, social.MarkLike)
	require.True(t, again.Repeated, "what was acknowledged before the outage is gone")
}

// assertUnavailable requires the two answers that an outage may give: told at
// once, or told when the request's deadline passed.
func assertUnavailable(t *testing.T, a answer) bool {
	t.Helper()
	if a.err != nil {
		t.Errorf("no answer: %v", a.err)
		return false
	}
	switch a.code() {
	case social.CodeUnavailable, social.CodeOverloaded:
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 1 || a.status != http.StatusServiceUnavailable {
			t.Errorf("%d with Retry-After %q: %s", a.status, a.header.Get("Retry-After"), a.body)
			return false
		}
	case social.CodeTimeout:
	default:
		t.Errorf("%d %s", a.status, a.body)
		return false
	}
	return true
}

// wire forwards connections to a server until it is cut.
type wire struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	down     bool
	open     map[net.Conn]bool
}

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: l, target: target, open: map[net.Conn]bool{}}
	go w.accept()
	t.Cleanup(func() {
		_ = l.Close()
		w.cut()
	})
	return w
}

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.target)
		if err != nil || !w.keep(near, far) {
			_ = near.Close()
			continue
		}
		go w.forward(near, far)
		go w.forward(far, near)
	}
}

// keep remembers both ends, unless the wire is cut.
func (w *wire) keep(near, far net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		_ = far.Close()
		return false
	}
	w.open[near], w.open[far] = true, true
	return true
}

func (w *wire) forward(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, to)
	delete(w.open, from)
}

// cut closes every connection and refuses new ones.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for c := range w.open {
		_ = c.Close()
	}
}

func (w *wire) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}
