package realtime

import (
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	pushes *prometheus.CounterVec
	cuts   *prometheus.CounterVec
	delay  prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer, connections func() int) (*metrics, error) {
	m := &metrics{
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_realtime_pushes_total", Help: "Events and hints pushed to connections.",
		}, []string{"kind"}),
		cuts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_realtime_cut_total", Help: "Connections ended or refused by the server.",
		}, []string{"reason"}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "swiper_realtime_push_seconds", Help: "Age of events when they are pushed, by the clocks of both nodes.",
			Buckets: []float64{.005, .01, .025, .05, .1, .2, .3, .5, 1, 2.5, 5, 10, 30, 60},
		}),
	}
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "swiper_realtime_connections", Help: "Connections open to this node.",
	}, func() float64 { return float64(connections()) })
	for _, c := range []prometheus.Collector{m.pushes, m.cuts, m.delay, open} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) pushed(kind string, age time.Duration) {
	m.pushes.WithLabelValues(kind).Inc()
	m.delay.Observe(max(0, age.Seconds()))
}

func (m *metrics) cut(reason string) { m.cuts.WithLabelValues(reason).Inc() }

// ended counts what the server ended.
func (m *metrics) ended(d centrifuge.Disconnect) {
	switch d.Code {
	case centrifuge.DisconnectConnectionClosed.Code:
	case centrifuge.DisconnectSlow.Code, centrifuge.DisconnectWriteError.Code:
		m.cut("slow")
	case centrifuge.DisconnectTooManyRequests.Code, centrifuge.DisconnectBadRequest.Code:
		m.cut("misuse")
	case centrifuge.DisconnectInvalidToken.Code:
		m.cut("logout")
	case centrifuge.DisconnectExpired.Code:
		m.cut("expired")
	case centrifuge.DisconnectNoPong.Code:
		m.cut("silent")
	case errTooMany.Code:
		m.cut("user_full")
	case centrifuge.DisconnectShutdown.Code:
		m.cut("shutdown")
	default:
		m.cut("other")
	}
}
