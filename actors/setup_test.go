package actors_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// transports makes systems of one process start and stop one after the other:
// each start of the library's transport writes a global of gRPC's.
var transports sync.Mutex

// bundle is one system under test.
type bundle struct {
	*actors.Client
	system  *actors.System
	store   *memory
	clock   *clock
	metrics *prometheus.Registry
	rules   atomic.Pointer[social.Rules]
	stopped bool
}

func setup(tb testing.TB, store *memory, edit ...func(*actors.Options)) *bundle {
	tb.Helper()
	b := &bundle{store: store, clock: newClock(), metrics: prometheus.NewRegistry()}
	b.rules.Store(&social.Rules{
		RewindsPerDay: 3, LikesPerDay: social.NoLimit, SuperlikesPerDay: social.NoLimit, DeckSize: 20, Zone: time.UTC,
	})
	opts := actors.Options{
		Store: store, Rules: b.rules.Load, Now: b.clock.Now, AfterFunc: b.clock.AfterFunc,
		Logger: slog.New(slog.DiscardHandler), Registerer: b.metrics,
	}
	for _, e := range edit {
		e(&opts)
	}
	transports.Lock()
	defer transports.Unlock()
	var err error
	b.system, err = actors.Start(context.Background(), opts)
	require.NoError(tb, err)
	b.Client = b.system.Client()
	tb.Cleanup(func() {
		if !b.stopped {
			require.NoError(tb, b.stop(tb, 20*time.Second))
		}
	})
	return b
}

func (b *bundle) stop(tb testing.TB, timeout time.Duration) error {
	tb.Helper()
	transports.Lock()
	defer transports.Unlock()
	b.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return b.system.Stop(ctx)
}

// Swipe is the client's, without a key.
func (b *bundle) Swipe(ctx context.Context, s social.Swipe) (social.SwipeResult, error) {
	return b.Client.Swipe(ctx, s, persistence.IdempotencyKey{})
}

// Rewind is the client's, without a key.
func (b *bundle) Rewind(ctx context.Context, uid social.UserID) (social.RewindResult, error) {
	return b.Client.Rewind(ctx, uid, persistence.IdempotencyKey{})
}

// swipe is Swipe with 20 s to spare.
func (b *bundle) swipe(tb testing.TB, uid, sid social.UserID, mark social.Mark) (social.SwipeResult, error) {
	tb.Helper()
	return b.Swipe(within(tb, 20*time.Second), social.Swipe{UID: uid, SID: sid, Mark: mark})
}

// deal gives the ids of the cards.
func (b *bundle) deal(tb testing.TB, uid social.UserID, limit int) []social.UserID {
	tb.Helper()
	cards, err := b.Deal(within(tb, 20*time.Second), uid, limit)
	require.NoError(tb, err)
	ids := make([]social.UserID, len(cards))
	for i, c := range cards {
		ids[i] = c.UserID
	}
	return ids
}

// live gives the live state of uid's actor, which must be active.
func (b *bundle) live(tb testing.TB, uid social.UserID) *actors.LiveUser {
	tb.Helper()
	l, err := b.Inspect(within(tb, 20*time.Second), uid)
	require.NoError(tb, err)
	require.NotNil(tb, l)
	return l
}

// eventually waits for something that another goroutine will bring about.
func eventually(tb testing.TB, what func() bool) {
	tb.Helper()
	require.Eventually(tb, what, 20*time.Second, 2*time.Millisecond)
}

func within(tb testing.TB, d time.Duration) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	tb.Cleanup(cancel)
	return ctx
}

// metric sums a metric over its labels.
func (b *bundle) metric(tb testing.TB, name string, labels ...string) float64 {
	tb.Helper()
	families, err := b.metrics.Gather()
	require.NoError(tb, err)
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
	metrics:
		for _, m := range f.GetMetric() {
			for i := 0; i < len(labels); i += 2 {
				found := false
				for _, l := range m.GetLabel() {
					found = found || (l.GetName() == labels[i] && l.GetValue() == labels[i+1])
				}
				if !found {
					continue metrics
				}
			}
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

// clock is a time that moves when told to, and its timers.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*timer]bool
}

type timer struct {
	at time.Time
	f  func()
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC), timers: map[*timer]bool{}}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(d), f}
	c.timers[t] = true
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		was := c.timers[t]
		delete(c.timers, t)
		return was
	}
}

// advance moves the time and runs what has become due.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []func()
	for t := range c.timers {
		if !t.at.After(c.now) {
			due = append(due, t.f)
			delete(c.timers, t)
		}
	}
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}
