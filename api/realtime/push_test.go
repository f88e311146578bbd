package realtime_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/realtime"
	"github.com/swiperhq/swiper/social"
)

// Who begins at the start gets what happened before and what happens then, in the
// order of the events, once, with their ids, however many hints tell of it.
func TestPushesAreTheEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.happen(ada, 11, 12)
	b.happen(bob, 99)
	c, next := b.connect(t, "ada", "0")
	require.Equal(t, "0", next)
	first, second := c.pushed(), c.pushed()
	require.Equal(t, []int64{101, 102}, []int64{first.ID, second.ID})
	require.Equal(t, "match", first.Kind)
	require.Equal(t, social.UserID(11), first.Data.UserID)

	b.happen(ada, 13)
	for range 5 {
		b.live.Hear(ada, social.EventMatch)
	}
	third := c.pushed()
	require.Equal(t, int64(103), third.ID)
	b.happen(ada, 14)
	b.live.Hear(ada, social.EventMatch)
	require.Equal(t, int64(104), c.pushed().ID, "and nothing between")

	again, next := b.connect(t, "ada", second.Next)
	require.Equal(t, second.Next, next)
	require.Equal(t, third.ID, again.pushed().ID, "from the cursor of a push on")
	require.InDelta(t, 6, b.metric(t, "swiper_realtime_pushes_total", "match"), 0)
}

func TestWhoDoesNotSayBeginsNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.happen(ada, 11)
	c, next := b.connect(t, "ada", "")
	b.happen(ada, 12)
	b.live.Hear(ada, social.EventMatch)
	require.Equal(t, int64(102), c.pushed().ID)
	other, _ := b.connect(t, "ada", next)
	require.Equal(t, int64(102), other.pushed().ID)
}

// A hint may come before its event can be read.
func TestEventsThatCannotBeReadYet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, _ := b.connect(t, "ada", "")
	b.live.Hear(ada, social.EventMatch)
	before := b.looks()
	require.Eventually(t, func() bool { return b.looks() > before+1 }, patience, time.Millisecond)
	b.happen(ada, 11)
	require.Equal(t, int64(101), c.pushed().ID)
}

func (w *world) looks() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reads
}

// Every hint is lost: the rounds find what happened.
func TestRoundsStandInForLostHints(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *realtime.Options) { o.Poll, o.Sound = 5*time.Millisecond, func() bool { return false } })
	c, _ := b.connect(t, "ada", "")
	b.happen(ada, 11, 12)
	require.Equal(t, int64(101), c.pushed().ID)
	require.Equal(t, int64(102), c.pushed().ID)
}

// News of lost hints makes the server look at once.
func TestMissedHints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, _ := b.connect(t, "ada", "")
	b.happen(ada, 11)
	b.live.Missed()
	require.Equal(t, int64(101), c.pushed().ID)
}

// Likes are counted, not named, and gather.
func TestPushesThatAreNoEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, _ := b.connect(t, "ada", "")
	b.counted(t, 1) // what is not stored reaches those who are there
	for range 5 {
		b.live.Hear(ada, social.HintLiked)
	}
	b.live.Hear(bob, social.HintLiked)
	for likes := 0; likes < 5; {
		p := c.pushed()
		require.Equal(t, "liked", p.Kind)
		require.Zero(t, p.ID)
		require.Empty(t, p.Next)
		likes += p.Data.Count
		require.LessOrEqual(t, likes, 5)
	}
	b.live.Hear(ada, social.HintSuperliked)
	p := c.pushed()
	require.Equal(t, "superliked", p.Kind)
	require.Equal(t, 1, p.Data.Count)
}
