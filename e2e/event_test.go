package e2e_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// feed is how far a user has caught up on their events.
type feed struct {
	w     *world
	uid   social.UserID
	after string
	got   []happening
}

// happening is one event as it was told.
type happening struct {
	ID   int64
	Kind string
	Time time.Time
	Data struct {
		UserID social.UserID `json:"user_id"`
	}
}

// read takes what is new, at most limit of it, and tells whether there was any.
func (f *feed) read(limit string) bool {
	f.w.t.Helper()
	a := f.w.as(f.uid).call(context.Background(), http.MethodGet, "/v1/events?limit="+limit+"&after="+f.after, nil)
	var page struct {
		Events []happening
		Next   string
	}
	a.into(f.w.t, &page)
	f.w.unsound(&a)
	f.got, f.after = append(f.got, page.Events...), page.Next
	return len(page.Events) > 0
}

// until reads until there are n events: open transactions hold the latest back.
func (f *feed) until(n int) {
	f.w.t.Helper()
	require.Eventually(f.w.t, func() bool {
		for f.read("1") {
		}
		return len(f.got) >= n
	}, 30*time.Second, 10*time.Millisecond, "%d of %d events", len(f.got), n)
	require.Len(f.w.t, f.got, n)
}

// TestEvents: who was away learns what happened, in order, once, and goes on
// where they were after a restart.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			flags := s.flags(t)
			p := start(t, startOptions{flags: append(flags, "--demo")})
			w := newWorld(t, []*program{p}, 6)
			ann := &feed{w: w, uid: 1, after: "0"}
			require.False(t, ann.read("100"))

			begun := time.Now().Add(-time.Second)
			for sid := social.UserID(2); sid <= 4; sid++ {
				w.swipe(sid, 1, social.MarkLike)
				require.True(t, w.swipe(1, sid, social.MarkLike).Matched)
			}
			w.swipe(1, 4, social.MarkLike) // a repetition tells nobody anything
			w.swipe(1, 5, social.MarkLike)
			ann.until(3)
			w.unfriend(2, 1)
			w.rewind(3)
			w.unfriend(1, 4) // Ann knows
			ann.until(5)

			p.stop()
			p = start(t, startOptions{flags: flags})
			w.attach([]*program{p})
			require.False(t, ann.read("100"), "the place is still good")
			w.swipe(5, 1, social.MarkSuperlike)
			ann.until(6)

			ids := map[int64]bool{}
			told := make([]string, len(ann.got))
			for i, e := range ann.got {
				ids[e.ID] = true
				told[i] = e.Kind + " " + string(rune('0'+e.Data.UserID))
				require.WithinRange(t, e.Time, begun, time.Now().Add(time.Second))
			}
			require.Equal(t, []string{"match 2", "match 3", "match 4", "unmatched 2", "unmatched 3", "match 5"}, told)
			require.Len(t, ids, len(told))
			again := &feed{w: w, uid: 1, after: "0"}
			require.True(t, again.read("100"))
			require.Equal(t, ann.got, again.got)
			for uid, n := range map[social.UserID]int{2: 1, 3: 1, 4: 2, 5: 1} {
				(&feed{w: w, uid: uid, after: "0"}).until(n)
			}
			require.False(t, (&feed{w: w, uid: 6, after: "0"}).read("100"))
			w.requireSound()
		})
	}
}
