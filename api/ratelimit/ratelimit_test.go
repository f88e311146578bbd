package ratelimit_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/ratelimit"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// fake is a shared limiter with buckets that never refill, and a clock.
type fake struct {
	mu    sync.Mutex
	now   time.Time
	used  map[string]int
	asked int
	err   error
	hang  bool
}

func (f *fake) Allow(ctx context.Context, key string, rate persistence.Rate) (time.Duration, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.hang {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	if f.err != nil {
		return 0, f.err
	}
	if f.used[key]++; f.used[key] > rate.Burst {
		return rate.Period / time.Duration(rate.Burst), nil
	}
	return 0, nil
}

func setup(t *testing.T) (*ratelimit.Limits, *fake, *prometheus.Registry) {
	t.Helper()
	f := &fake{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), used: map[string]int{}}
	reg := prometheus.NewRegistry()
	l, err := ratelimit.New(ratelimit.Options{Limiter: f, Now: func() time.Time { return f.now }, Registerer: reg})
	require.NoError(t, err)
	return l, f, reg
}

func requireRefused(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, &social.Error{Code: social.CodeRateLimited})
	require.GreaterOrEqual(t, social.AsError(err).RetryAfter, time.Second)
}

func TestFirstQuarterPassesWithoutAsking(t *testing.T) {
	t.Parallel()
	l, f, reg := setup(t)
	ann := ratelimit.User(1)
	for range 25 {
		require.NoError(t, l.Allow(t.Context(), ann, 100))
	}
	require.Zero(t, f.asked)
	for range 75 {
		require.NoError(t, l.Allow(t.Context(), ann, 100))
	}
	require.Equal(t, 75, f.asked)
	requireRefused(t, l.Allow(t.Context(), ann, 100))
	asked := f.asked
	requireRefused(t, l.Allow(t.Context(), ann, 100))
	require.Equal(t, asked, f.asked, "a refusal is repeated without asking")
	require.NoError(t, l.Allow(t.Context(), ratelimit.User(2), 100), "another user is another count")
	require.InEpsilon(t, 2, count(t, reg, "swiper_rate_limited_total"), 1e-9)

	f.now = f.now.Add(time.Minute)
	for range 25 {
		require.NoError(t, l.Allow(t.Context(), ann, 100), "the next minute")
	}
	require.NoError(t, l.Allow(t.Context(), ann, social.NoLimit))
}

func TestSmallLimitsAreAlwaysAsked(t *testing.T) {
	t.Parallel()
	l, f, _ := setup(t)
	for range 3 {
		require.NoError(t, l.Allow(t.Context(), ratelimit.User(1), 3))
	}
	require.Equal(t, 3, f.asked)
	requireRefused(t, l.Allow(t.Context(), ratelimit.User(1), 3))
}

func TestEverybodyPassesWhileTheLimiterIsAway(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*fake){
		"gone": func(f *fake) { f.err = errors.New("gone") },
		"hung": func(f *fake) { f.hang = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, f, reg := setup(t)
			spoil(f)
			for range 100 {
				require.NoError(t, l.Allow(t.Context(), ratelimit.User(1), 4))
			}
			require.Equal(t, 1, f.asked, "and it is left alone for a second")
			require.InEpsilon(t, 99, count(t, reg, "swiper_rate_unchecked_total"), 1e-9)
			f.err, f.hang, f.now = nil, false, f.now.Add(time.Second)
			require.NoError(t, l.Allow(t.Context(), ratelimit.User(1), 4))
			require.Equal(t, 2, f.asked)
		})
	}
}

// A client that hangs up says nothing about the limiter.
func TestAClientThatIsGoneDoesNotStopTheAsking(t *testing.T) {
	t.Parallel()
	l, f, _ := setup(t)
	f.hang = true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, l.Allow(ctx, ratelimit.User(1), 1))
	f.hang = false
	require.NoError(t, l.Allow(t.Context(), ratelimit.User(1), 1))
	require.Equal(t, 2, f.asked)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	who := func(s string) ratelimit.Who {
		w, ok := ratelimit.Address(netip.MustParseAddr(s))
		require.True(t, ok, s)
		return w
	}
	require.Equal(t, who("2001:db8:1:2::3"), who("2001:db8:1:2:ffff::4"), "one customer's network")
	require.NotEqual(t, who("2001:db8:1:2::3"), who("2001:db8:1:3::3"))
	require.Equal(t, who("192.0.2.1"), who("::ffff:192.0.2.1"))
	require.NotEqual(t, who("192.0.2.1"), who("192.0.2.2"))
	require.Equal(t, who("fe80::1%eth0"), who("fe80::1"))
	for _, a := range []netip.Addr{{}, netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1"), netip.MustParseAddr("::ffff:127.0.0.1")} {
		_, ok := ratelimit.Address(a)
		require.False(t, ok, a)
	}
}

// However many addresses come, memory stays bounded.
func TestAMillionAddresses(t *testing.T) {
	t.Parallel()
	l, _, _ := setup(t)
	a := netip.MustParseAddr("11.0.0.0")
	for range 1_000_000 {
		who, ok := ratelimit.Address(a)
		require.True(t, ok)
		require.NoError(t, l.Allow(t.Context(), who, 4))
		a = a.Next()
	}
	require.LessOrEqual(t, l.Counted(), 300_000)
}

func count(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func BenchmarkAllow(b *testing.B) {
	f := &fake{used: map[string]int{}}
	l, err := ratelimit.New(ratelimit.Options{Limiter: f, Registerer: prometheus.NewRegistry()})
	require.NoError(b, err)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if l.Allow(b.Context(), ratelimit.User(social.UserID(i%10_000)), 1_000_000) != nil {
			b.Fatal("refused")
		}
	}
}
