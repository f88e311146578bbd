package realtime_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/realtime"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// witness notes who is said to be there, and when events are looked for.
type witness struct {
	realtime.Store
	mu   sync.Mutex
	said []string
}

func (w *witness) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, what)
}

func (w *witness) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.said)
}

func (w *witness) Announce(context.Context, social.UserID) { w.note("announce") }
func (w *witness) Enter(social.UserID)                     { w.note("enter") }
func (w *witness) Leave(social.UserID)                     { w.note("leave") }

func (w *witness) EventsSince(ctx context.Context, uid social.UserID, after persistence.EventCursor, limit int) ([]persistence.Event, error) {
	w.note("look")
	return w.Store.EventsSince(ctx, uid, after, limit)
}

// A connection is announced before it looks for what is new: what is committed after
// the look is hinted at then, from whichever node.
func TestPresenceComesFirst(t *testing.T) {
	t.Parallel()
	w := &witness{}
	b := setup(t, func(o *realtime.Options) {
		w.Store, o.Store, o.Presence = o.Store, w, w
		o.Poll, o.IdlePoll = time.Hour, time.Hour
	})
	c, _ := b.connect(t, "ada", "")
	require.Eventually(t, func() bool { return slices.Contains(w.all(), "look") }, 20*time.Second, time.Millisecond)
	require.Equal(t, []string{"announce", "enter", "look"}, w.all()[:3])
	require.NotContains(t, w.all(), "leave")
	require.NoError(t, c.conn.CloseNow())
	require.Eventually(t, func() bool { return slices.Contains(w.all(), "leave") }, 20*time.Second, time.Millisecond)
	require.Len(t, slices.DeleteFunc(w.all(), func(s string) bool { return s == "look" }), 3)

	nobody := b.dial(t, nil)
	nobody.send(`{"id":1,"connect":{"token":"forged"}}`)
	_, err := nobody.read()
	require.NoError(t, err)
	require.Len(t, slices.DeleteFunc(w.all(), func(s string) bool { return s == "look" }), 3, "who is not let in is not there")
}
