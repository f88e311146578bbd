package cluster

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	active       *prometheus.GaugeVec
	activations  *prometheus.CounterVec
	passivations *prometheus.CounterVec
	handOvers    *prometheus.CounterVec
	doubled      *prometheus.CounterVec
	members      prometheus.Gauge
	asks         [2][4]prometheus.Counter // by where and outcome
}

// newMetrics registers with reg; nil exports nothing.
func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	kind := []string{"kind"}
	m := &metrics{
		active: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "swiper_actors_active", Help: "Actors active on this node.",
		}, kind),
		activations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_actor_activations_total", Help: "Actors activated on this node.",
		}, kind),
		passivations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_actor_passivations_total", Help: "Actors ended on this node, for whatever reason.",
		}, kind),
		handOvers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_actor_hand_overs_total", Help: "Actors of this node ended because another node had become their place.",
		}, kind),
		doubled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_actor_doubled_total", Help: "Actors active here when another of the same identity was heard to end elsewhere: at most so many were doubled for a while.",
		}, kind),
		members: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "swiper_cluster_members", Help: "Nodes of the cluster as this one sees them.",
		}),
	}
	asks := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "swiper_cluster_asks_total", Help: "Requests to actors: on this node or another, and what became of them.",
	}, []string{"where", "outcome"})
	for w, where := range []string{"local", "remote"} {
		for o, outcome := range []string{"answered", "refused", "not_delivered", "unknown"} {
			m.asks[w][o] = asks.WithLabelValues(where, outcome)
		}
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.active, m.activations, m.passivations, m.handOvers, m.doubled, m.members, asks} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register actor metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) activated(kind string) {
	m.active.WithLabelValues(kind).Inc()
	m.activations.WithLabelValues(kind).Inc()
}

func (m *metrics) passivated(kind string) {
	m.active.WithLabelValues(kind).Dec()
	m.passivations.WithLabelValues(kind).Inc()
}
