package e2e_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testnginx"
	"github.com/swiperhq/swiper/internal/testrace"
	"github.com/swiperhq/swiper/social"
)

// TestNginx runs three processes on one Postgres behind the real nginx with
// deploy/nginx/cluster.conf. While people swipe, rewind and read, one is stopped
// and started again, and then the two others are killed. Whatever may be repeated
// succeeds all the time. What may not is done at most once, and where it fails
// tells so in the API's own words.
func TestNginx(t *testing.T) {
	t.Parallel()
	if testrace.Enabled {
		t.Skip("skipped under the race detector: what it looks at is nginx")
	}
	testnginx.Program(t) // or skip before anything is started
	flags := append([]string{"--auth.key", authKey, "--http.trusted_proxies", "127.0.0.1"}, postgresFlags(t)...)
	open := func(more ...string) *program {
		return start(t, startOptions{flags: append(append(more, "--data.dir", t.TempDir()), flags...)})
	}
	nodes := []*program{open("--demo"), open(), open()}
	for _, key := range []string{"rewinds_per_day", "requests_per_user", "requests_per_address"} {
		setTunable(t, nodes, key, nil)
	}
	front := frontOf(t, nodes)
	front.contract = readContract(t, nodes[0].HTTP)
	p := &passengers{t: t, front: front, tokens: mint(t, nodes[0], 1, passengerCount)}
	p.board()
	t.Cleanup(p.leave) // also when it fails

	p.travel("before anything happens")
	nodes[0].stop()
	p.travel("with one stopped")
	nodes[0] = open("--http.listen", strings.TrimPrefix(nodes[0].HTTP, "http://"))
	p.travel("with one started again")
	nodes[1].kill()
	p.travel("with one killed")
	nodes[2].kill()
	p.travel("with the first alone, which is taken again")

	p.leave()
	require.Empty(t, p.failures)
	p.requireOnce()
	t.Logf("%d requests that may be repeated, all successful; %d that may not, %d of them told %q",
		p.served.Load(), p.once.Load(), p.unavailable.Load(), social.CodeUnavailable)

	t.Run("nobody left", func(t *testing.T) {
		nodes[0].stop()
		c := *front
		c.token = p.tokens[1]
		for _, a := range []answer{
			c.call(t.Context(), http.MethodGet, "/v1/me", nil),
			c.call(t.Context(), http.MethodPost, "/v1/swipes", map[string]any{"user_id": 2, "mark": "like"}),
			c.call(t.Context(), http.MethodPost, "/v1/swipes/rewind", nil),
		} {
			require.NoError(t, a.broken)
			require.Equal(t, http.StatusServiceUnavailable, a.status, string(a.body))
			require.Equal(t, social.CodeUnavailable, a.code())
			require.NotEmpty(t, a.header.Get("Retry-After"))
		}
	})
}

// frontOf starts nginx in front of the nodes and gives a client of it.
func frontOf(t *testing.T, nodes []*program) *client {
	t.Helper()
	read := func(name string) string {
		text, err := os.ReadFile("../deploy/nginx/" + name)
		require.NoError(t, err)
		return string(text)
	}
	dir := t.TempDir()
	certificate, key := testnginx.Certificate(t, dir, "api.example.com")
	address := freeAddress(t)
	conf := read("cluster.conf")
	for from, to := range map[string]string{
		"/etc/ssl/swiper.pem": certificate, "/etc/ssl/swiper.key": key,
		"listen 443 ssl http2;":      "listen " + address + " ssl http2;",
		"listen [::]:443 ssl http2;": "",
		"server 127.0.0.1:8080 ":     "server " + strings.TrimPrefix(nodes[0].HTTP, "http://") + " ",
		"server 127.0.0.1:8180 ":     "server " + strings.TrimPrefix(nodes[1].HTTP, "http://") + " ",
		"server 127.0.0.1:8280 ":     "server " + strings.TrimPrefix(nodes[2].HTTP, "http://") + " ",
	} {
		require.Contains(t, conf, from)
		conf = strings.ReplaceAll(conf, from, to)
	}
	testnginx.Start(t, dir, testnginx.Write(t, dir, map[string]string{
		"site.conf": conf, "swiper-locations.conf": read("cluster-locations.conf"),
	}), address)

	roots := x509.NewCertPool()
	pem, err := os.ReadFile(certificate)
	require.NoError(t, err)
	require.True(t, roots.AppendCertsFromPEM(pem))
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: "api.example.com"},
		ForceAttemptHTTP2: true, MaxIdleConnsPerHost: passengerCount,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{http: &http.Client{Timeout: time.Minute, Transport: transport}, base: "https://" + address}
}

// freeAddress gives a loopback address that is free a moment before it is used.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

const passengerCount = 24

// passengers are people who use the API through nginx, each one request after the other.
type passengers struct {
	t      *testing.T
	front  *client
	tokens map[social.UserID]string

	over   atomic.Bool
	riding sync.WaitGroup

	served            atomic.Int64                                   // requests that may be repeated
	once, unavailable atomic.Int64                                   // unkeyed rewinds
	rewinds           [passengerCount + 1]struct{ told, untold int } // by user

	mu       sync.Mutex
	failures []string
}

func (p *passengers) board() {
	for uid := social.UserID(1); uid <= passengerCount; uid++ {
		p.riding.Go(func() {
			c := *p.front
			c.token = p.tokens[uid]
			dice := rand.New(rand.NewPCG(1, uint64(uid)))
			for n := 0; !p.over.Load(); n++ {
				p.ride(&c, uid, n, dice)
			}
		})
	}
}

func (p *passengers) leave() {
	p.over.Store(true)
	p.riding.Wait()
}

// travel waits until many more requests have been answered, of every kind.
func (p *passengers) travel(how string) {
	p.t.Helper()
	served, once := p.served.Load()+2000, p.once.Load()+100
	require.Eventually(p.t, func() bool { return p.served.Load() >= served && p.once.Load() >= once }, 2*time.Minute, 10*time.Millisecond,
		"nothing gets through %s: %d, %d", how, p.served.Load(), p.once.Load())
}

// ride sends one of each kind: a swipe under a key and one without, a rewind under
// a key and one without, and what only reads.
func (p *passengers) ride(c *client, uid social.UserID, n int, dice *rand.Rand) {
	swipe := func() map[string]any {
		return map[string]any{"user_id": passengerCount + 1 + dice.IntN(2000-passengerCount), "mark": "dislike"}
	}
	key := fmt.Sprintf("ride-%d-%d", uid, n)
	p.must(c, http.MethodPost, "/v1/swipes", key, swipe())
	p.must(c, http.MethodPost, "/v1/swipes", "", swipe())
	p.must(c, http.MethodGet, "/v1/me", "", nil)
	if p.must(c, http.MethodPost, "/v1/swipes/rewind", key+"-back", nil) {
		p.rewinds[uid].told++
	}
	p.must(c, http.MethodGet, "/v1/friends", "", nil)
	p.must(c, http.MethodPost, "/v1/swipes", key+"-more", swipe())

	c.key = ""
	a := c.call(p.t.Context(), http.MethodPost, "/v1/swipes/rewind", nil)
	p.once.Add(1)
	switch {
	case a.err != nil || a.broken != nil:
		p.fail("unkeyed rewind: %v %v", a.err, a.broken)
	case a.code() == "":
		p.rewinds[uid].told++
	case a.code() == social.CodeUnavailable:
		p.unavailable.Add(1)
		p.rewinds[uid].untold++
	case a.code() != social.CodeNothingToRewind:
		p.fail("unkeyed rewind: %d %s", a.status, a.body)
	}
}

// must sends what nginx may repeat, which succeeds, or has nothing to rewind.
func (p *passengers) must(c *client, method, path, key string, body any) (done bool) {
	c.key = key
	a := c.call(p.t.Context(), method, path, body)
	switch {
	case a.err != nil || a.broken != nil:
		p.fail("%s %s %s: %v %v", method, path, key, a.err, a.broken)
	case a.code() != "" && a.code() != social.CodeNothingToRewind:
		p.fail("%s %s %s: %d %s", method, path, key, a.status, a.body)
	}
	p.served.Add(1)
	return a.err == nil && a.code() == ""
}

// requireOnce compares the rewinds that people were told of with those they were
// charged for: each request is done once at most, and so is each that nobody was
// told of.
func (p *passengers) requireOnce() {
	p.t.Helper()
	for uid := social.UserID(1); uid <= passengerCount; uid++ {
		c := *p.front
		c.token = p.tokens[uid]
		var quotas map[social.Action]struct{ Used int }
		a := c.call(p.t.Context(), http.MethodGet, "/v1/quotas", nil)
		a.into(p.t, &quotas)
		used, r := quotas[social.ActionRewind].Used, p.rewinds[uid]
		require.GreaterOrEqual(p.t, used, r.told, "user %d", uid)
		require.LessOrEqual(p.t, used, r.told+r.untold, "user %d", uid)
	}
}

func (p *passengers) fail(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.failures) < 10 {
		p.failures = append(p.failures, fmt.Sprintf(format, args...))
	}
}
