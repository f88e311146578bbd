package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// TestRedisGone cuts the program off from Redis: nobody can log in and nothing
// counts requests, but swiping goes on and limits of the product hold.
func TestRedisGone(t *testing.T) {
	t.Parallel()
	flags := postgresFlags(t)
	direct, err := url.Parse(flags[3])
	require.NoError(t, err)
	wire := newWire(t, direct.Host)
	direct.Host = wire.listener.Addr().String()
	flags[3] = direct.String()
	p := start(t, startOptions{flags: append(flags, "--demo", "--data.dir", t.TempDir())})
	w := newWorld(t, []*program{p}, 1)
	ann := someone() // and the 50 behind
	w.tokens = mint(t, p, ann, ann+50)
	code := func() answer {
		return w.as(0).call(context.Background(), http.MethodPost, "/v1/auth/code", map[string]any{"phone": "+86139" + direct.Port() + "001"})
	}
	setTunable(t, []*program{p}, "requests_per_user", 1) // so that every request wants to be counted
	require.Empty(t, w.swipe(ann, ann+1, social.MarkLike).Code)
	require.Equal(t, social.CodeRateLimited, w.swipe(ann, ann+2, social.MarkLike).Code)

	wire.cut()
	for uid := ann + 1; uid <= ann+50; uid++ {
		op := w.swipe(uid, ann, social.MarkLike)
		require.Empty(t, op.Code)
		require.Equal(t, uid == ann+1, op.Matched)
		w.deck(uid)
	}
	for range 3 {
		require.Empty(t, w.swipe(ann+3, ann+4, social.MarkLike).Code+w.rewind(ann+3).Code)
	}
	require.Empty(t, w.swipe(ann+3, ann+4, social.MarkLike).Code)
	require.Equal(t, social.CodeRewindQuotaExceeded, w.rewind(ann+3).Code)
	a := code()
	require.Equal(t, http.StatusServiceUnavailable, a.status, string(a.body))
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, admin(t, p, http.MethodGet, "/readyz", nil).status, "still fit for traffic")
	metrics := admin(t, p, http.MethodGet, "/metrics", nil)
	require.NotContains(t, string(metrics.body), "swiper_rate_unchecked_total 0\n")

	wire.heal()
	require.Eventually(t, func() bool { return w.swipe(ann+5, ann+6, social.MarkLike).Code == social.CodeRateLimited }, 20*time.Second, 50*time.Millisecond,
		"requests are not counted again")
	w.requireSound()
}

// TestRedisFlushed empties Redis: a code that was on its way is lost, and
// nothing that anybody was told has happened.
func TestRedisFlushed(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	p := start(t, startOptions{flags: []string{"--demo", "--data.dir", t.TempDir(), "--redis.url", "redis://" + redis.Addr()}})
	w := newWorld(t, []*program{p}, 3)
	d := &door{w.as(0), t}
	a := d.login("+8613800001001", d.code("+8613800001001"))
	var grant struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	a.into(t, &grant)
	pending := d.code("+8613800001002")
	require.Empty(t, w.swipe(1, 2, social.MarkLike).Code)
	require.True(t, w.swipe(2, 1, social.MarkLike).Matched)
	require.Empty(t, w.swipe(1, 3, social.MarkLike).Code)
	require.Empty(t, w.rewind(1).Code)

	redis.FlushAll()
	require.True(t, w.swipe(1, 2, social.MarkLike).Repeated)
	require.Equal(t, []social.UserID{2}, w.friends(1))
	require.Equal(t, 1, w.quotasUsed(1)[social.ActionRewind])
	in := *d.client
	in.token = grant.AccessToken
	a = in.call(t.Context(), http.MethodGet, "/v1/me", nil)
	require.Equal(t, http.StatusOK, a.status)
	a = d.call(t.Context(), http.MethodPost, "/v1/auth/refresh", map[string]any{"refresh_token": grant.RefreshToken})
	require.Equal(t, http.StatusOK, a.status)
	a = d.login("+8613800001002", pending)
	require.Equal(t, social.CodeCodeInvalid, a.code())
	w.requireSound()
}

// TestEdgeLimits holds the limits per user and per address on the real program.
func TestEdgeLimits(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: append(s.flags(t), "--demo", "--http.trusted_proxies", "127.0.0.1")})
			ann := someone()
			tokens := mint(t, p, ann, ann+4)
			c := &client{http: newHTTPClient(), base: p.HTTP, contract: readContract(t, p.HTTP)}
			t.Cleanup(c.http.CloseIdleConnections)
			ask := func(uid social.UserID, address string) answer {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.HTTP+"/v1/quotas", nil)
				require.NoError(t, err)
				req.Header.Set("Authorization", "Bearer "+tokens[uid])
				req.Header.Set("X-Forwarded-For", address)
				a := c.do(req)
				require.NoError(t, a.sound())
				return a
			}
			until := func(uid social.UserID, address string, want social.Code, most int) int {
				for n := range most {
					if a := ask(uid, address); a.code() == want {
						require.NotEmpty(t, a.header.Get("Retry-After"))
						return n
					}
				}
				return most
			}
			setTunable(t, []*program{p}, "requests_per_user", 8)
			n := until(ann, "198.51.100.1", social.CodeRateLimited, 20)
			require.InDelta(t, 8, n, 2) // two more when the minute turns meanwhile
			require.Equal(t, http.StatusOK, ask(ann+1, "198.51.100.1").status)
			setTunable(t, []*program{p}, "requests_per_user", nil)
			require.Equal(t, http.StatusOK, ask(ann, "198.51.100.1").status)

			setTunable(t, []*program{p}, "requests_per_address", 8)
			port, err := strconv.Atoi(strings.TrimPrefix(p.HTTP, "http://127.0.0.1:"))
			require.NoError(t, err)
			address := fmt.Sprintf("2001:db8:%x:1::", port) // this test's own
			n = until(ann+2, address+"1", social.CodeRateLimited, 20)
			require.InDelta(t, 8, n, 2)
			refused := ask(ann+3, address+"2")
			require.Equal(t, social.CodeRateLimited, refused.code(), "the same network")
			require.Equal(t, http.StatusOK, ask(ann+3, strings.Replace(address, ":1::", ":2::", 1)+"1").status)
			c.token = tokens[ann+4]
			for range 20 {
				a := c.call(t.Context(), http.MethodGet, "/v1/quotas", nil)
				require.Equal(t, http.StatusOK, a.status, "this machine is not counted")
			}
		})
	}
}

// someone picks one of the demonstration's people: tests that count requests
// share a Redis, and the counts of a minute outlive a test.
func someone() social.UserID { return social.UserID(1000 + rand.IntN(900)) }
