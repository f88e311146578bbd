package actors

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/social"
)

type metrics struct {
	swipes  *prometheus.CounterVec
	matches prometheus.Counter
	batch   prometheus.Histogram
	commit  prometheus.Histogram
}

// newMetrics registers with reg; nil exports nothing.
func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		swipes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_swipes_total", Help: "Swipes answered by this node's matchmakers: stored, repeated, replayed, or the refusal's code.",
		}, []string{"mark", "outcome"}),
		matches: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "swiper_matches_total", Help: "Friendships made by this node's matchmakers.",
		}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "swiper_batch_size", Help: "Swipes per commit.", Buckets: prometheus.ExponentialBuckets(1, 2, 10),
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "swiper_commit_seconds", Help: "Time to store a batch of swipes.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.swipes, m.matches, m.batch, m.commit} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register swipe metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) committed(size int, took time.Duration) {
	m.batch.Observe(float64(size))
	m.commit.Observe(took.Seconds())
}

func (m *metrics) swiped(mark social.Mark, outcome string) {
	m.swipes.WithLabelValues(mark.String(), outcome).Inc()
}
