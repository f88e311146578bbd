package overview_test

import (
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/admin/overview"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestPointsTellWhatWentOnBetweenSamples(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "swiper_http_requests_total"}, []string{"route", "method", "status"})
	refused := prometheus.NewCounter(prometheus.CounterOpts{Name: "swiper_http_refused_total"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "swiper_http_request_seconds", Buckets: []float64{.01, .1, 1}}, []string{"route"})
	swipes := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "swiper_swipes_total"}, []string{"mark", "outcome"})
	matches := prometheus.NewCounter(prometheus.CounterOpts{Name: "swiper_matches_total"})
	batch := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "swiper_batch_size"})
	active := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "swiper_actors_active"}, []string{"kind"})
	registry.MustRegister(requests, refused, seconds, swipes, matches, batch, active)

	now := noon
	s, err := overview.New(overview.Options{Gatherer: registry, Now: func() time.Time { return now }})
	require.NoError(t, err)
	requests.WithLabelValues("/a", "GET", "200").Add(1000) // before anybody looked
	seconds.WithLabelValues("/a").Observe(0.9)
	require.NoError(t, s.Sample())
	require.Empty(t, s.Since(0))

	now = now.Add(10 * time.Second)
	requests.WithLabelValues("/a", "GET", "200").Add(90)
	requests.WithLabelValues("/b", "GET", "503").Add(10)
	refused.Add(5)
	for range 98 {
		seconds.WithLabelValues("/a").Observe(0.005)
	}
	for range 2 {
		seconds.WithLabelValues("/b").Observe(0.05)
	}
	swipes.WithLabelValues("like", "stored").Add(20)
	swipes.WithLabelValues("like", "like_quota_exceeded").Add(7)
	matches.Add(3)
	batch.Observe(4)
	batch.Observe(16)
	active.WithLabelValues("user").Set(12)
	active.WithLabelValues("matchmaker").Set(1)
	require.NoError(t, s.Sample())
	p99, mean := 55.0, 10.0 // half way through the second bucket
	require.Equal(t, []overview.Point{{
		Seq: 1, At: now, Requests: 10, Swipes: 2, Matches: 0.3, Errors: 1.5, P99: &p99, Batch: &mean, Users: 12,
	}}, s.Since(0))

	now = now.Add(10 * time.Second)
	seconds.WithLabelValues("/b").Observe(30)
	require.NoError(t, s.Sample())
	require.InEpsilon(t, 1000, *s.Since(1)[0].P99, 1e-9, "past the last bound")
	now = now.Add(10 * time.Second)
	require.NoError(t, s.Sample())
	quiet := s.Since(2)
	require.Equal(t, []overview.Point{{Seq: 3, At: now, Users: 12}}, quiet)
	require.Empty(t, s.Since(3))
	require.Empty(t, s.Since(99))
}

func TestTheRingIsBounded(t *testing.T) {
	t.Parallel()
	now := noon
	s, err := overview.New(overview.Options{
		Gatherer: prometheus.NewRegistry(), Every: time.Second, Keep: 5 * time.Second, Now: func() time.Time { return now },
	})
	require.NoError(t, err)
	for range 20 {
		require.NoError(t, s.Sample())
		now = now.Add(time.Second)
	}
	require.NoError(t, s.Sample())
	points := s.Since(0)
	require.Len(t, points, 5)
	for i, p := range points {
		require.EqualValues(t, 16+i, p.Seq)
	}
	require.Len(t, s.Since(18), 2)
	require.Len(t, s.Since(3), 5, "what is gone is gone")
}

func TestMetricsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	_, err := overview.New(overview.Options{})
	require.Error(t, err)
	broken := errors.New("broken")
	s, err := overview.New(overview.Options{Gatherer: prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return nil, broken })})
	require.NoError(t, err)
	require.ErrorIs(t, s.Sample(), broken)
	require.Empty(t, s.Since(0))
}
