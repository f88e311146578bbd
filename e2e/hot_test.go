package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// hot gives who is ranked for uid, as any node tells it.
func (w *world) hot(uid social.UserID, query url.Values) []social.UserID {
	w.t.Helper()
	a := w.as(uid).call(w.t.Context(), http.MethodGet, "/v1/hot?"+query.Encode(), nil)
	if a.code() == social.CodeUnavailable { // the ranking is being made
		return nil
	}
	w.unsound(&a)
	var got struct{ Users []card }
	a.into(w.t, &got)
	var ids []social.UserID
	for _, c := range got.Users {
		ids = append(ids, c.UserID)
	}
	return ids
}

// requireHot waits until every node ranks these people first.
func (w *world) requireHot(t *testing.T, uid social.UserID, want ...social.UserID) {
	t.Helper()
	var got []social.UserID
	require.Eventually(t, func() bool {
		for range len(w.clients) {
			if got = w.hot(uid, url.Values{"limit": {"100"}}); !slices.Equal(got, want) {
				return false
			}
		}
		return true
	}, time.Minute, 20*time.Millisecond, "want %v, got %v", want, &got)
}

// TestHot ranks whom people like on both kinds of storage, through two nodes where
// there can be two, takes back what they take back, and has it again after a restart.
func TestHot(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		flags := []string{"--demo", "--data.dir", t.TempDir()}
		p := start(t, startOptions{flags: flags})
		w := newWorld(t, []*program{p}, 60)
		rank(t, w, p)
		p.stop()
		again := start(t, startOptions{flags: flags}) // with an empty Redis
		w.attach([]*program{again})
		w.requireHot(t, reader, 3)
		w.requireSound()
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		nodes := apart(t, postgresFlags(t))
		w := newWorld(t, nodes, 60)
		rank(t, w, nodes...)
		w.requireSound()
	})
}

// reader likes nobody.
const reader = social.UserID(60)

func rank(t *testing.T, w *world, nodes ...*program) {
	t.Helper()
	const town = "Ranked"
	for _, uid := range []social.UserID{1, 2, 3, reader} {
		a := w.as(uid).call(t.Context(), http.MethodPatch, "/v1/me", map[string]any{"location": town})
		require.Equal(t, http.StatusOK, a.status, string(a.body))
	}
	like := func(sid social.UserID, uids ...social.UserID) {
		for _, uid := range uids {
			require.Empty(t, w.swipe(uid, sid, social.MarkLike).Code)
		}
	}
	like(1, 10, 11)
	like(2, 10, 11, 12)
	like(3, 13)
	w.requireHot(t, reader, 2, 1, 3)
	w.requireHot(t, 1, 2, 3)
	require.Equal(t, []social.UserID{2}, w.hot(reader, url.Values{"limit": {"1"}}))
	require.Contains(t, w.hot(reader, url.Values{"location": {town}}), social.UserID(3))
	require.Empty(t, w.hot(reader, url.Values{"location": {"nowhere:*"}}))

	require.Equal(t, social.UserID(2), w.rewind(12).SID)
	require.Equal(t, social.UserID(2), w.rewind(11).SID)
	w.requireHot(t, reader, 1, 3, 2) // 3 and 2 have as many: always in the same order
	like(13, 3)                      // a match, which makes nobody of the town more liked
	require.Empty(t, w.unfriend(13, 3).Code)
	w.requireHot(t, reader, 1, 2)
	like(3, 14)
	require.Equal(t, http.StatusOK, admin(t, nodes[0], http.MethodPost, "/admin/users/1/suspend", map[string]any{}).status)
	require.Empty(t, w.swipe(reader, 2, social.MarkDislike).Code)
	w.requireHot(t, reader, 3)
}

// TestPresence: whoever is connected to one node is online at the other, and was
// active just now.
func TestPresence(t *testing.T) {
	t.Parallel()
	nodes := apart(t, postgresFlags(t))
	w := newWorld(t, nodes, 2)
	look := func(p *program) (online bool, last time.Time) {
		var got struct {
			Online bool
			Stored struct {
				User struct {
					LastActiveAt time.Time `json:"last_active_at"`
				}
			}
		}
		a := admin(t, p, http.MethodGet, "/admin/actors/user/1", nil)
		a.into(t, &got)
		return got.Online, got.Stored.User.LastActiveAt
	}
	for _, p := range nodes {
		online, _ := look(p)
		require.False(t, online)
	}
	begun := time.Now()
	listen(t, nodes[1], w.tokens[1])
	for _, p := range nodes {
		online, _ := look(p)
		require.True(t, online, "at once")
		require.Eventually(t, func() bool { _, last := look(p); return last.After(begun.Add(-time.Second)) }, time.Minute, 100*time.Millisecond)
	}
}
