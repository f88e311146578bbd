package hints_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/internal/hints"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

// air carries signals between buses, unless it is away or swallows them.
type air struct {
	mu              sync.Mutex
	heard           map[int]func(string)
	sent            []string
	away, swallowed bool
}

func (a *air) Publish(_ context.Context, _, payload string) error {
	a.mu.Lock()
	a.sent = append(a.sent, payload)
	var all []func(string)
	for _, h := range a.heard {
		all = append(all, h)
	}
	away, swallowed := a.away, a.swallowed
	a.mu.Unlock()
	if away {
		return errors.New("away")
	}
	if !swallowed {
		for _, h := range all {
			h(payload)
		}
	}
	return nil
}

func (a *air) Subscribe(ctx context.Context, _ string, heard func(string)) error {
	a.mu.Lock()
	n := len(a.heard)
	a.heard[n] = heard
	a.mu.Unlock()
	<-ctx.Done()
	return ctx.Err()
}

func (a *air) Ping(context.Context) error { return nil }
func (a *air) Close() error               { return nil }

func (a *air) set(away, swallowed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.away, a.swallowed = away, swallowed
}

func (a *air) subscribed() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.heard)
}

// node is a bus and what was heard on it.
type node struct {
	*hints.Bus
	mu     sync.Mutex
	heard  []hints.Hint
	missed int
	now    time.Time
}

func newNode(t *testing.T, a *air, change ...func(*hints.Options)) *node {
	t.Helper()
	n := &node{now: time.Unix(1000, 0)}
	opts := hints.Options{Now: func() time.Time { n.mu.Lock(); defer n.mu.Unlock(); return n.now }}
	if a != nil {
		opts.Signals = a
	}
	for _, f := range change {
		f(&opts)
	}
	var err error
	n.Bus, err = hints.New(opts)
	require.NoError(t, err)
	n.Listen(func(h hints.Hint) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.heard = append(n.heard, h)
	}, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.missed++
	})
	before := 0
	if a != nil {
		before = a.subscribed()
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
	if a != nil {
		require.Eventually(t, func() bool { return a.subscribed() > before }, patience, time.Millisecond)
	}
	return n
}

func (n *node) all() ([]hints.Hint, int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]hints.Hint(nil), n.heard...), n.missed
}

func (n *node) requireHeard(t *testing.T, want ...hints.Hint) {
	t.Helper()
	require.Eventually(t, func() bool { got, _ := n.all(); return len(got) >= len(want) }, patience, time.Millisecond)
	got, _ := n.all()
	require.Equal(t, want, got)
}

func TestHintsReachEveryNodeOnce(t *testing.T) {
	t.Parallel()
	a := &air{heard: map[int]func(string){}}
	one, two := newNode(t, a), newNode(t, a)
	want := []hints.Hint{
		{UID: 7, Kind: social.EventMatch},
		{UID: 8, Kind: social.EventUnmatched},
		{UID: 9, Kind: social.HintLiked},
		{UID: 9, Kind: social.HintSuperliked},
		{UID: 7, Kind: social.EventTask},
	}
	for _, h := range want {
		one.Tell(h)
	}
	two.requireHeard(t, want...)
	one.requireHeard(t, want...)
	for _, bad := range []hints.Hint{{}, {UID: 1}, {UID: -1, Kind: social.EventMatch}, {UID: 1, Kind: "something else"}, {UID: 1, Kind: social.HintUnliked}} {
		one.Tell(bad)
	}
	last := hints.Hint{UID: 1, Kind: social.EventMatch}
	one.Tell(last)
	two.requireHeard(t, append(want, last)...)
}

func TestAloneNobodyElseIsTold(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	n.Hint(7, social.EventMatch)
	n.requireHeard(t, hints.Hint{UID: 7, Kind: social.EventMatch})
	require.True(t, n.Sound())
}

// What is lost on the way is noticed by those who listen.
func TestLostHintsAreNoticed(t *testing.T) {
	t.Parallel()
	a := &air{heard: map[int]func(string){}}
	one, two := newNode(t, a), newNode(t, a)
	one.Hint(1, social.EventMatch)
	two.requireHeard(t, hints.Hint{UID: 1, Kind: social.EventMatch})
	require.Eventually(t, one.Sound, patience, time.Millisecond, "it hears itself")
	_, missed := two.all()

	a.set(false, true)
	one.Hint(2, social.EventMatch)
	require.Eventually(t, func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return strings.HasSuffix(a.sent[len(a.sent)-1], " m2") || len(a.sent) > 2
	}, patience, time.Millisecond)
	a.set(false, false)
	one.Hint(3, social.EventMatch)
	require.Eventually(t, func() bool { _, m := two.all(); return m > missed }, patience, time.Millisecond)
}

// While nothing gets through, no node thinks that it would hear.
func TestSilenceIsNotSound(t *testing.T) {
	t.Parallel()
	a := &air{heard: map[int]func(string){}}
	n := newNode(t, a)
	n.Hint(1, social.EventMatch)
	require.Eventually(t, n.Sound, patience, time.Millisecond)
	a.set(true, false)
	n.mu.Lock()
	n.now = n.now.Add(time.Minute)
	n.mu.Unlock()
	require.Eventually(t, func() bool { return !n.Sound() }, patience, time.Millisecond)
	a.set(false, false)
	require.Eventually(t, n.Sound, patience, time.Millisecond, "a beat is heard")
}

// Whatever stands on the topic, nobody falls over it, and what is heard is valid.
func FuzzMessages(f *testing.F) {
	for _, seed := range []string{"", "a", "a 1", "a 1 m7", "a 2 t7 t7:ref x9 m-1 m", "a 99999999999999999999 m7", "a 1 m7:" + strings.Repeat("x", 99), "a 1 \xff"} {
		f.Add(seed)
	}
	a := &air{heard: map[int]func(string){}}
	b, err := hints.New(hints.Options{Signals: a})
	if err != nil {
		f.Fatal(err)
	}
	b.Listen(func(h hints.Hint) {
		if h.UID < 1 || h.Kind == "" {
			panic(h)
		}
	}, func() {})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	f.Cleanup(func() { cancel(); require.NoError(f, <-done) })
	for a.subscribed() == 0 {
		time.Sleep(time.Millisecond) //nolint:forbidigo // a fuzz target has no Eventually
	}
	f.Fuzz(func(_ *testing.T, payload string) {
		a.mu.Lock()
		receive := a.heard[0]
		a.mu.Unlock()
		receive(payload)
	})
}

// Only hints of people who are connected somewhere cross, all while nobody knows.
func TestHintsOfWhoIsAwayStay(t *testing.T) {
	t.Parallel()
	a := &air{heard: map[int]func(string){}}
	var broken atomic.Bool
	one := newNode(t, a, func(o *hints.Options) {
		o.Online = func(_ context.Context, ids []social.UserID) ([]bool, error) {
			there := make([]bool, len(ids))
			for i, uid := range ids {
				there[i] = uid == 7
			}
			if broken.Load() {
				return nil, errors.New("away")
			}
			return there, nil
		}
	})
	two := newNode(t, a)
	seven, eight := hints.Hint{UID: 7, Kind: social.EventMatch}, hints.Hint{UID: 8, Kind: social.EventMatch}
	for range 3 {
		one.Tell(eight)
		one.Tell(seven)
	}
	one.requireHeard(t, eight, seven, eight, seven, eight, seven)
	two.requireHeard(t, seven, seven, seven)
	broken.Store(true)
	one.Tell(eight)
	two.requireHeard(t, seven, seven, seven, eight)
	_, missed := two.all()
	require.LessOrEqual(t, missed, 1, "no more than for a node that was not known")
}
