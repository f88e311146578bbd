package cluster_test

import (
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors/cluster"
)

func TestTenThousandActivationsAndPassivations(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	n := startWith(t, reg, echoKind())
	ctx := within(t, time.Minute)
	const actors, askers = 10_000, 32
	inParallel := func(text string) {
		var wg sync.WaitGroup
		for a := range askers {
			wg.Go(func() {
				for i := a; i < actors; i += askers {
					if !assert.NoError(t, say(ctx, n, id(i), text)) {
						return
					}
				}
			})
		}
		wg.Wait()
	}
	inParallel("hello")
	require.Equal(t, actors, gauge(t, reg, "swiper_actors_active"))
	inParallel("stop")
	require.Eventually(t, func() bool { return gauge(t, reg, "swiper_actors_active") == 0 }, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, actors, gauge(t, reg, "swiper_actor_passivations_total"))
	require.NoError(t, say(ctx, n, "1", "hello"), "and there is life after")
}

func gauge(t *testing.T, reg *prometheus.Registry, name string) int {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return int(m.GetGauge().GetValue() + m.GetCounter().GetValue())
		}
	}
	return 0
}

func TestDrainWaitsForAcceptedWorkAndLetsNobodyIn(t *testing.T) {
	t.Parallel()
	block, begun := make(chan struct{}), make(chan struct{}, 10)
	n := start(t, cluster.Kind{Name: "echo", New: func() actor.Actor { return &echo{block: block, begun: begun} }})
	ctx := within(t, 20*time.Second)
	var asks sync.WaitGroup
	for i := range 10 {
		asks.Go(func() { assert.NoError(t, say(ctx, n, id(i), "block")) })
		<-begun
	}
	drained := make(chan error, 1)
	go func() { drained <- n.Drain(ctx, "echo") }()
	require.ErrorIs(t, n.Drain(within(t, 50*time.Millisecond), "echo"), cluster.ErrDrainUnfinished)
	close(block)
	require.NoError(t, <-drained)
	asks.Wait()
	require.ErrorIs(t, say(within(t, 50*time.Millisecond), n, "99", "hello"), cluster.ErrNotDelivered)
	require.NoError(t, n.Drain(ctx, "echo"), "a second time has nothing to do")
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	n := startWith(t, reg, echoKind())
	require.NoError(t, say(within(t, 5*time.Second), n, "1", "hello"))
	require.Equal(t, 1, gauge(t, reg, "swiper_actor_activations_total"))
	_, err := cluster.Start(t.Context(), cluster.Options{Name: "test", Registerer: reg})
	require.Error(t, err)
}
