package hot

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	counted, dropped, made prometheus.Counter
	took                   prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		counted: counter("swiper_hot_counted_total", "People whose likes were counted anew for the ranking of the most liked."),
		dropped: counter("swiper_hot_notes_dropped_total", "Likes that were not noted for the ranking because too many waited."),
		made:    counter("swiper_hot_made_total", "How often this node made the ranking of the most liked anew."),
		took: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "swiper_hot_make_seconds", Help: "How long this node's latest making of the ranking took, pauses included.",
		}),
	}
	if err := errors.Join(r.Register(m.counted), r.Register(m.dropped), r.Register(m.made), r.Register(m.took)); err != nil {
		return nil, fmt.Errorf("hot: register metrics: %w", err)
	}
	return m, nil
}
