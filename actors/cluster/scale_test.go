package cluster_test

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors/cluster"
)

// identities is how many come and go; IDENTITIES=1000000 makes it as many as a
// large installation sees in a day.
func identities(t *testing.T) int {
	t.Helper()
	const usual = 15_000
	text := os.Getenv("IDENTITIES")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	require.GreaterOrEqual(t, n, usual)
	return n
}

// Who has come and gone leaves nothing behind, on neither node. The library's
// registry of actors is 32,768 maps, each of which takes memory once it was used;
// so many are compared with as many activations of a few.
//
//nolint:paralleltest // it looks at the memory of the process
func TestIdentitiesLeaveNothingBehind(t *testing.T) {
	n := identities(t)
	const few, atATime = 256, 64
	grown := map[int]uint64{}
	for _, different := range []int{few, n} {
		p := startPair(t, echoKind())
		ctx := within(t, 10*time.Minute)
		comeAndGo(t, atATime, func(i int) error { return say(ctx, p.one, id(i), "hello") }, few)
		before := heap()
		comeAndGo(t, atATime, func(i int) error { return say(ctx, p.one, id(i%different), "stop") }, n)
		require.Eventually(t, func() bool { return p.one.Active()["echo"]+p.two.Active()["echo"] == 0 }, time.Minute, 10*time.Millisecond)
		grown[different] = heap() - before
	}
	t.Logf("heap after %d activations of %d and of %d: %d and %d KiB more", n, few, n, grown[few]>>10, grown[n]>>10)
	const each = 40 // bytes: less than any entry of a map
	require.Less(t, grown[n], grown[few]+uint64(n*each))
}

// comeAndGo does something with so many numbers, so many at a time.
func comeAndGo(t *testing.T, atATime int, do func(i int) error, n int) {
	t.Helper()
	var all sync.WaitGroup
	for a := range atATime {
		all.Go(func() {
			for i := a; i < n; i += atATime {
				if !assert.NoError(t, do(i)) {
					return
				}
			}
		})
	}
	all.Wait()
	require.False(t, t.Failed())
}

// heap gives what is live after a collection, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// idler passivates itself when its timer says so.
type idler struct {
	echo

	idle cluster.Idle
}

func (i *idler) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *cluster.Init:
		i.idle.Start(ctx)
	case cluster.IdleTick:
		if i.idle.Due(ctx, false) {
			ctx.Stop(ctx.Self())
		}
	default:
		i.echo.Receive(ctx)
	}
}

// alarms are timers that all ring when they are told to.
type alarms struct {
	mu   sync.Mutex
	set  []func()
	late time.Duration // by how much the clock was put forward
}

func (a *alarms) after(_ time.Duration, f func()) (stop func() bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.set = append(a.set, f)
	return func() bool { return false }
}

func (a *alarms) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Add(a.late)
}

func (a *alarms) ring(late time.Duration) {
	a.mu.Lock()
	set := a.set
	a.set, a.late = nil, a.late+late
	a.mu.Unlock()
	for _, f := range set {
		f()
	}
}

// Forty thousand that end at once do not hold up those who come.
//
//nolint:paralleltest // it measures
func TestActivationsGoOnWhileManyPassivate(t *testing.T) {
	const many, after = 40_000, 10 * time.Minute
	a := &alarms{}
	n := start(t, cluster.Kind{Name: "echo", New: func() actor.Actor {
		return &idler{idle: cluster.Idle{After: after, Now: a.now, AfterFunc: a.after}}
	}})
	ctx := within(t, 2*time.Minute)
	activate := func(from, to int) (took []time.Duration) {
		for i := from; i < to; i++ {
			begun := time.Now()
			require.NoError(t, say(ctx, n, id(i), "hello"))
			took = append(took, time.Since(begun))
		}
		slices.Sort(took)
		return took
	}
	comeAndGo(t, 32, func(i int) error { return say(ctx, n, id(i), "hello") }, many)
	const next = 2000
	before := activate(many, many+next)
	require.Equal(t, many+next, n.Active()["echo"])
	rung := make(chan struct{})
	go func() {
		defer close(rung)
		a.ring(2 * after)
	}()
	during := activate(many+next, many+2*next)
	<-rung
	require.Eventually(t, func() bool { return n.Active()["echo"] <= next }, time.Minute, time.Millisecond, "they have all gone, but for those who came")
	p99 := func(took []time.Duration) time.Duration { return took[len(took)*99/100] }
	t.Logf("%d activations, p99 and slowest: %s and %s before, %s and %s while %d ended", next,
		p99(before), before[next-1], p99(during), during[next-1], many)
	require.Less(t, during[next-1], 2*time.Second, "nobody waits for the others' end")
}
