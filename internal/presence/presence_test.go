package presence_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/internal/presence"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// board is a Redis whose clock, like the keepers', is the test's.
type board struct {
	mu      sync.Mutex
	now     time.Time
	until   map[social.UserID]time.Time
	touched []social.UserID
	err     error
	touch   error
}

func newBoard() *board {
	return &board{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), until: map[social.UserID]time.Time{}}
}

func (b *board) KeepPresent(_ context.Context, ids []social.UserID, life time.Duration) (known int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	for _, uid := range ids {
		if b.until[uid].After(b.now) {
			known++
		}
		b.until[uid] = b.now.Add(life)
	}
	return known, nil
}

func (b *board) Present(_ context.Context, ids []social.UserID) ([]bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]bool, len(ids))
	for i, uid := range ids {
		out[i] = b.until[uid].After(b.now)
	}
	return out, b.err
}

func (b *board) TouchUsers(_ context.Context, ids []social.UserID, at, stale time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !at.Equal(b.now) || !stale.Equal(b.now.Add(-5*time.Minute)) {
		return errors.New("other times")
	}
	if b.touch != nil {
		return b.touch
	}
	b.touched = append(b.touched, ids...)
	return nil
}

func (b *board) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *board) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *board) empty() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.until)
}

func (b *board) failTouches(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.touch = err
}

func (b *board) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// take gives whose activity was stored since the last call.
func (b *board) take() []social.UserID {
	b.mu.Lock()
	defer b.mu.Unlock()
	got := b.touched
	b.touched = nil
	slices.Sort(got)
	return got
}

func (b *board) node(t *testing.T) *presence.Keeper {
	t.Helper()
	k, err := presence.New(presence.Options{Board: b, Store: b, Now: b.clock})
	require.NoError(t, err)
	return k
}

// requireOnline asks for 7 and a stranger.
func requireOnline(t *testing.T, k *presence.Keeper, want bool) {
	t.Helper()
	got, err := k.Online(t.Context(), []social.UserID{7, 404})
	require.NoError(t, err)
	require.Equal(t, []bool{want, false}, got)
}

func TestNodesAgree(t *testing.T) {
	t.Parallel()
	b := newBoard()
	one, two := b.node(t), b.node(t)
	requireOnline(t, two, false)
	one.Announce(t.Context(), 7)
	requireOnline(t, two, true) // before the connection looks for anything
	one.Enter(7)
	one.Enter(7)
	two.Enter(7)
	for range 10 {
		b.pass(15 * time.Second)
		one.Round(t.Context())
		requireOnline(t, two, true)
	}
	one.Leave(7)
	b.pass(40 * time.Second)
	one.Round(t.Context())
	b.pass(40 * time.Second)
	requireOnline(t, one, true) // there is another connection
	one.Leave(7)
	two.Round(t.Context())
	b.pass(40 * time.Second)
	requireOnline(t, one, true) // to the other node
	two.Leave(7)
	two.Leave(7)
	two.Round(t.Context())
	b.pass(10 * time.Second)
	requireOnline(t, one, false)
}

func TestActivityIsStoredSeldom(t *testing.T) {
	t.Parallel()
	b := newBoard()
	k := b.node(t)
	var all []social.UserID
	for uid := social.UserID(1); uid <= 250; uid++ {
		k.Enter(uid)
		all = append(all, uid)
	}
	k.Round(t.Context())
	require.Equal(t, all, b.take())
	for range 19 {
		b.pass(15 * time.Second)
		k.Round(t.Context())
	}
	k.Enter(251)
	require.Empty(t, b.take())
	b.pass(15 * time.Second)
	k.Leave(1)
	k.Round(t.Context())
	require.Equal(t, append(slices.Clone(all), 251), b.take(), "who has just left, too")
}

// Who looks in for a moment was there.
func TestShortVisitsAreStored(t *testing.T) {
	t.Parallel()
	b := newBoard()
	k := b.node(t)
	visit := func(uid social.UserID) {
		k.Announce(t.Context(), uid)
		k.Enter(uid)
		k.Leave(uid)
	}
	visit(7)
	visit(7)
	visit(8)
	k.Enter(8)
	b.pass(15 * time.Second)
	k.Round(t.Context())
	require.Equal(t, []social.UserID{7, 8}, b.take())
	b.pass(40 * time.Second)
	requireOnline(t, k, false) // no round says of 7 that they are there
	k.Leave(8)
	k.Round(t.Context())
	require.Empty(t, b.take(), "once")

	b.failTouches(errors.New("away"))
	visit(9)
	k.Round(t.Context())
	require.Empty(t, b.take())
	b.failTouches(nil)
	k.Round(t.Context())
	require.Equal(t, []social.UserID{9}, b.take())
}

// While people may have counted as away although they were there, hints may not have
// reached them.
func TestWhatMayHaveBeenMissedIsLookedAfter(t *testing.T) {
	t.Parallel()
	b := newBoard()
	k := b.node(t)
	missed := 0
	k.Listen(func() { missed++ })
	k.Announce(t.Context(), 7)
	k.Enter(7)
	k.Round(t.Context())
	require.Zero(t, missed)

	b.fail(errors.New("away"))
	k.Announce(t.Context(), 8)
	k.Enter(8)
	k.Round(t.Context())
	require.Zero(t, missed, "nobody can be told yet")
	b.fail(nil)
	k.Round(t.Context())
	require.Equal(t, 1, missed)
	k.Round(t.Context())
	require.Equal(t, 1, missed)

	b.pass(40 * time.Second) // the node stood still
	k.Round(t.Context())
	require.Equal(t, 2, missed)

	b.fail(errors.New("away"))
	k.Announce(t.Context(), 9)
	b.fail(nil)
	k.Enter(9)
	k.Round(t.Context())
	require.Equal(t, 3, missed)

	b.empty()
	k.Round(t.Context())
	require.Equal(t, 4, missed, "nothing has failed")
	k.Round(t.Context())
	require.Equal(t, 4, missed)
}

func TestRunEnds(t *testing.T) {
	t.Parallel()
	_, err := presence.New(presence.Options{})
	require.Error(t, err)
	b := newBoard()
	k := b.node(t)
	k.Enter(7)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	require.Eventually(t, func() bool { return len(b.take()) == 1 }, 20*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	requireOnline(t, k, true)
}
