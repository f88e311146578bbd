package e2e_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTour walks the README's tour on both storages: match, rewind, a refused
// fourth rewind, a limit raised live.
func TestTour(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			flags := s.flags(t)
			p := start(t, startOptions{flags: append(flags, "--demo")})
			c := readContract(t, p.HTTP)
			as := func(uid string) *client {
				token, err := command(t, append([]string{"token", uid}, flags...)...)
				require.NoError(t, err)
				return &client{http: newHTTPClient(), contract: c, base: p.HTTP, token: strings.TrimSpace(token)}
			}
			ann, bob := as("1"), as("2")
			say := func(c *client, method, path string, body any) answer {
				a := c.call(t.Context(), method, path, body)
				require.NoError(t, a.sound())
				return a
			}
			like := func(uid int) map[string]any { return map[string]any{"user_id": uid, "mark": "like"} }
			fields := func(a answer) (got map[string]any) {
				a.into(t, &got)
				return got
			}

			require.Equal(t, map[string]any{"user_id": 2.0, "mark": "like", "matched": false, "repeated": false},
				fields(say(ann, http.MethodPost, "/v1/swipes", like(2))))
			require.Equal(t, map[string]any{"user_id": 1.0, "mark": "like", "matched": true, "repeated": false},
				fields(say(bob, http.MethodPost, "/v1/swipes", like(1))))
			for c, friend := range map[*client]float64{ann: 2, bob: 1} {
				list := fields(say(c, http.MethodGet, "/v1/friends", nil))["friends"].([]any)
				require.Len(t, list, 1)
				require.InDelta(t, friend, list[0].(map[string]any)["user_id"], 0)
			}
			require.Equal(t, map[string]any{"user_id": 2.0, "mark": "like", "unmatched": true, "rewinds_left": 2.0},
				fields(say(ann, http.MethodPost, "/v1/swipes/rewind", nil)))
			require.Equal(t, http.StatusNotFound, func() int { a := say(bob, http.MethodGet, "/v1/friends/1", nil); return a.status }())

			for uid := 3; uid <= 6; uid++ {
				say(ann, http.MethodPost, "/v1/swipes", like(uid))
			}
			say(ann, http.MethodPost, "/v1/swipes/rewind", nil)
			last := say(ann, http.MethodPost, "/v1/swipes/rewind", nil)
			require.InDelta(t, 0, fields(last)["rewinds_left"], 0)
			fourth := say(ann, http.MethodPost, "/v1/swipes/rewind", nil)
			require.Equal(t, http.StatusTooManyRequests, fourth.status, string(fourth.body))
			require.Equal(t, "rewind_quota_exceeded", string(fourth.code()))
			seconds, err := strconv.Atoi(fourth.header.Get("Retry-After"))
			require.NoError(t, err)
			require.Positive(t, seconds)
			require.LessOrEqual(t, seconds, int((25 * time.Hour).Seconds()))

			raised := admin(t, p, http.MethodPut, "/admin/settings/rewinds_per_day", map[string]any{"value": 4})
			require.Equal(t, http.StatusOK, raised.status, string(raised.body))
			require.Eventually(t, func() bool {
				a := say(ann, http.MethodPost, "/v1/swipes/rewind", nil)
				return a.status == http.StatusOK
			}, 5*time.Second, 50*time.Millisecond, "the raised limit is not in force within 5 s")

			var members struct{ Members []struct{ Address string } }
			listed := admin(t, p, http.MethodGet, "/admin/members", nil)
			listed.into(t, &members)
			require.Len(t, members.Members, 1)

			shown, err := command(t, append([]string{"inspect", "user", "1", "--admin.listen", strings.TrimPrefix(p.Admin, "http://")}, flags...)...)
			require.NoError(t, err)
			require.Contains(t, shown, "live")
			require.Contains(t, shown, "stored")
		})
	}
}
