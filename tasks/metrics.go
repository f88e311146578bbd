package tasks

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/persistence"
)

// countEvery is the time between two counts of all tasks.
const countEvery = 15 * time.Second

// How an attempt went, as a label.
const (
	outcomeDone        = "done"
	outcomeRetried     = "retried"
	outcomeFailed      = "failed"
	outcomeCancelled   = "cancelled"
	outcomeInterrupted = "interrupted"
)

type metrics struct {
	attempts *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	tasks    *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_task_attempts_total", Help: "Attempts of this node at tasks, by kind and how they went.",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "swiper_task_attempt_seconds", Help: "How long this node's attempts at tasks took.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10, 60, 300},
		}, []string{"kind"}),
		tasks: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "swiper_tasks", Help: "Tasks in the database, by kind and state; those done are not counted.",
		}, []string{"kind", "state"}),
	}
	for _, c := range []prometheus.Collector{m.attempts, m.seconds, m.tasks} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("tasks: register metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) attempt(kind, outcome string, took time.Duration) {
	m.attempts.WithLabelValues(kind, outcome).Inc()
	m.seconds.WithLabelValues(kind).Observe(took.Seconds())
}

// count shows how many tasks there are. A kind that was seen stays, at zero.
func (r *Runner) count(ctx context.Context) error {
	counts, err := r.o.Store.CountTasks(ctx)
	if err != nil {
		return err
	}
	r.metrics.tasks.Reset()
	for kind := range r.o.Handlers.byKind {
		for _, state := range persistence.TaskStates() {
			if state != persistence.TaskDone {
				r.metrics.tasks.WithLabelValues(kind, string(state)).Set(0)
			}
		}
	}
	for _, c := range counts {
		r.metrics.tasks.WithLabelValues(c.Kind, string(c.State)).Set(float64(c.Count))
	}
	return nil
}
