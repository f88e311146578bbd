package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// buckets is a shared limiter that never refills.
type buckets struct {
	mu   sync.Mutex
	used map[string]int
	err  error
}

func (b *buckets) Allow(_ context.Context, key string, rate persistence.Rate) (time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	if b.used[key]++; b.used[key] > rate.Burst {
		return 1500 * time.Millisecond, nil
	}
	return 0, nil
}

// limited is a listener that allows so many requests a minute.
func limited(t *testing.T, perAddress, perUser social.Limit, proxies ...string) (*bundle, *buckets) {
	t.Helper()
	shared := &buckets{used: map[string]int{}}
	return setupHandler(t, func(o *api.Options) {
		rules := *o.Rules()
		rules.RequestsPerAddress, rules.RequestsPerUser = perAddress, perUser
		o.Rules = func() *social.Rules { return &rules }
		o.Limiter, o.TrustedProxies = shared, proxies
	}), shared
}

// from sends a request from a peer's address, in memory, and gives its status.
func (b *bundle) from(t *testing.T, peer string, uid social.UserID, forwarded ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/quotas", nil)
	req.RemoteAddr = peer
	req.Header["X-Forwarded-For"] = forwarded
	req.Header.Set("Authorization", "Bearer "+b.token(t, uid))
	rec := httptest.NewRecorder()
	b.h.ServeHTTP(rec, req)
	return rec
}

func requireLimited(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	require.Equal(t, http.StatusTooManyRequests, rec.Code, rec.Body.String())
	require.Contains(t, rec.Body.String(), `"rate_limited"`)
	require.Equal(t, "2", rec.Header().Get("Retry-After"))
}

func TestRequestsPerUser(t *testing.T) {
	t.Parallel()
	b, _ := limited(t, social.NoLimit, 3)
	for range 3 {
		require.Equal(t, http.StatusOK, b.from(t, "192.0.2.1:1", ada).Code)
	}
	requireLimited(t, b.from(t, "192.0.2.2:1", ada))
	require.Equal(t, http.StatusOK, b.from(t, "192.0.2.1:1", bob).Code)
}

func TestRequestsPerAddress(t *testing.T) {
	t.Parallel()
	b, _ := limited(t, 3, social.NoLimit)
	for range 3 {
		require.Equal(t, http.StatusOK, b.from(t, "192.0.2.1:1", ada).Code)
	}
	requireLimited(t, b.from(t, "192.0.2.1:2", bob))
	require.Equal(t, http.StatusOK, b.from(t, "192.0.2.2:1", bob).Code)
	for range 10 {
		require.Equal(t, http.StatusOK, b.from(t, "127.0.0.1:1", ada).Code, "this machine is not counted")
	}
	for _, peer := range []string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1"} {
		require.Equal(t, http.StatusOK, b.from(t, peer, ada).Code)
	}
	requireLimited(t, b.from(t, "[2001:db8::4]:1", ada))
	require.Equal(t, http.StatusOK, b.from(t, "[2001:db8:0:1::4]:1", ada).Code)
}

// Neither a client nor a proxy that nobody named chooses the address that counts.
func TestForgedForwarding(t *testing.T) {
	t.Parallel()
	b, _ := limited(t, 3, social.NoLimit)
	for _, forged := range []string{"203.0.113.1", "203.0.113.2", "127.0.0.1"} {
		require.Equal(t, http.StatusOK, b.from(t, "192.0.2.1:1", ada, forged).Code)
	}
	requireLimited(t, b.from(t, "192.0.2.1:1", ada, "203.0.113.4"))

	b, _ = limited(t, 3, social.NoLimit, "10.0.0.0/8")
	const proxy, client = "10.0.0.1:1", "192.0.2.1"
	for _, before := range []string{"", "203.0.113.1, ", "127.0.0.1, 10.9.9.9, "} {
		require.Equal(t, http.StatusOK, b.from(t, proxy, ada, before+client).Code)
	}
	requireLimited(t, b.from(t, proxy, ada, "203.0.113.5, "+client+", 10.0.0.7"))
	requireLimited(t, b.from(t, proxy, ada, "203.0.113.6", client))
	require.Equal(t, http.StatusOK, b.from(t, proxy, ada, "192.0.2.2").Code, "another client of the proxy")
	require.Contains(t, b.log.String(), `"client":"192.0.2.1"`)
	require.NotContains(t, b.log.String(), "203.0.113")
}

func TestLimiterAwayLetsPass(t *testing.T) {
	t.Parallel()
	b, shared := limited(t, 1, 1)
	shared.err = errors.New("redis is away")
	for range 20 {
		require.Equal(t, http.StatusOK, b.from(t, "192.0.2.1:1", ada).Code)
	}
}

// The refusal of an address reaches a client that is still sending, too.
func TestLimitedWhileSending(t *testing.T) {
	t.Parallel()
	b, _ := limited(t, 1, social.NoLimit, "127.0.0.1")
	b = b.serve(t, func(*http.Server) {})
	req := b.request(t, ada, "GET", "/v1/quotas", "")
	req.Header.Set("X-Forwarded-For", "192.0.2.1")
	require.Equal(t, http.StatusOK, b.send(t, req).StatusCode)
	req = b.request(t, ada, "POST", "/v1/swipes", strings.Repeat(" ", 1<<20))
	req.Header.Set("X-Forwarded-For", "192.0.2.1")
	b.send(t, req).requireProblem(t, 429, social.CodeRateLimited)
}

// On a full node lists are refused first, then decks; swipes still get in.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	const places = 4
	b := setup(t, func(o *api.Options) { o.MaxInFlight, o.Wait = places, time.Minute })
	entered, held := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	t.Cleanup(release) // the server ends when its requests have
	var wg sync.WaitGroup
	statuses := make(chan int, 10)
	start := func(method, path, body string) {
		req := b.request(t, ada, method, path, body)
		wg.Go(func() {
			resp, err := b.client.Do(req)
			if err != nil {
				statuses <- 0
				return
			}
			statuses <- resp.StatusCode
			_ = resp.Body.Close()
		})
	}
	wait := func(path string, waiting float64) {
		start(http.MethodGet, path, "")
		require.Eventually(t, func() bool { return b.gauge(t, "swiper_http_waiting") == waiting }, 10*time.Second, time.Millisecond)
	}
	busy := func(path string) { b.call(t, ada, "GET", path, "").requireProblem(t, 503, social.CodeOverloaded) }

	for sid := range places {
		b.fake.hold(entered, held) // the next one
		start(http.MethodPost, "/v1/swipes", fmt.Sprintf(`{"user_id":%d,"mark":"like"}`, 2+sid))
		<-entered
	}
	wait("/v1/friends", 1)
	busy("/v1/friends")
	busy("/v1/me")
	wait("/v1/deck", 2)
	busy("/v1/deck")
	start(http.MethodPost, "/v1/swipes", `{"user_id":8,"mark":"like"}`)
	start(http.MethodPatch, "/v1/me", `{"bio":"busy"}`)
	require.Eventually(t, func() bool { return b.gauge(t, "swiper_http_waiting") == 4 }, 10*time.Second, time.Millisecond)
	b.call(t, ada, "POST", "/v1/swipes", `{"user_id":9,"mark":"like"}`).requireProblem(t, 503, social.CodeOverloaded)
	release()
	wg.Wait()
	close(statuses)
	for status := range statuses {
		require.Equal(t, http.StatusOK, status)
	}
}

func (b *bundle) gauge(t *testing.T, name string) float64 {
	t.Helper()
	families, err := b.reg.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}
