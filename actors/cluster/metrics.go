package cluster

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	active       *prometheus.GaugeVec
	activations  *prometheus.CounterVec
	passivations *prometheus.CounterVec
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
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.active, m.activations, m.passivations} {
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
