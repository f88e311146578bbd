package main

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/tasks"
)

const (
	// figuresEvery is the time between two questions to the CDN, of the cluster.
	figuresEvery = 5 * time.Minute
	// figuresLook is the time between two looks of a node at what came of them.
	figuresLook    = 30 * time.Second
	figuresTimeout = 5 * time.Second // of such a look
)

// figuresKind asks the CDN for its figures. They are the result of the task, where
// every node reads them: so each node's metrics tell the same, and the CDN is
// asked once. It is tried until the next ones are due.
func figuresKind() tasks.Kind[struct{}] {
	return tasks.Kind[struct{}]{Name: "cdn.figures", Queue: tasks.CDN, MaxAttempts: 20, Timeout: 2 * time.Minute}
}

// figuresSchedule is nil where no CDN counts.
func (g *gallery) figuresSchedule() []tasks.Schedule {
	if _, ok := g.store.(media.Meter); !ok {
		return nil
	}
	return []tasks.Schedule{{
		Name: "cdn figures", Turns: tasks.Every(figuresEvery),
		Task: func() (persistence.Task, error) { return figuresKind().New(struct{}{}) },
	}}
}

// handleFigures does a task of figuresKind.
func (g *gallery) handleFigures(ctx context.Context, _ *tasks.Run, _ struct{}) (any, error) {
	meter, ok := g.store.(media.Meter)
	if !ok { // the store was another when the task was made
		return nil, nil
	}
	f, err := meter.Figures(ctx)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// figures shows the latest ones as metrics.
type figures struct {
	store interface {
		ListTasks(ctx context.Context, f persistence.TaskFilter) ([]persistence.TaskRecord, error)
	}
	latest atomic.Pointer[counted]

	requests, bytes, responses, peak, at *prometheus.Desc
}

// showFigures keeps the metrics of a CDN that counts.
func (n *node) showFigures(ctx context.Context, db persistence.Tasks, g *gallery, registry prometheus.Registerer) error {
	if _, ok := g.store.(media.Meter); !ok {
		return nil
	}
	f := newFigures(db)
	if err := registry.Register(f); err != nil {
		return err
	}
	n.keep(ctx, "figures of the CDN", f.Run)
	return nil
}

// counted are figures and when they were told.
type counted struct {
	media.Figures

	at time.Time
}

func newFigures(store persistence.Tasks) *figures {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("swiper_cdn_"+name, help, labels, nil)
	}
	return &figures{
		store:     store,
		requests:  desc("requests", "Requests to the CDN since its day began: hit, or miss, for which it asked the store.", "result"),
		bytes:     desc("bytes", "Bytes that the CDN sent since its day began.", "result"),
		responses: desc("responses", "Answers of the CDN since its day began.", "status"),
		peak:      desc("peak_bits_per_second", "The highest bandwidth of the CDN's day."),
		at:        desc("figures_timestamp_seconds", "When the CDN last told its figures."),
	}
}

// Run looks for new figures until ctx ends. What it cannot read now it reads later.
func (f *figures) Run(ctx context.Context) error {
	turns := time.NewTicker(figuresLook)
	defer turns.Stop()
	for {
		f.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-turns.C:
		}
	}
}

func (f *figures) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, figuresTimeout)
	defer cancel()
	done, err := f.store.ListTasks(ctx, persistence.TaskFilter{Kind: figuresKind().Name, State: persistence.TaskDone, Limit: 1})
	if err != nil || len(done) == 0 || done[0].Result == nil {
		return
	}
	c := &counted{at: done[0].EndedAt}
	if json.Unmarshal(done[0].Result, &c.Figures) == nil {
		f.latest.Store(c)
	}
}

// Describe implements prometheus.Collector.
func (f *figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.requests, f.bytes, f.responses, f.peak, f.at} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (f *figures) Collect(to chan<- prometheus.Metric) {
	c := f.latest.Load()
	if c == nil {
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(f.requests, float64(c.Hits), "hit")
	gauge(f.requests, float64(c.Misses), "miss")
	gauge(f.bytes, float64(c.HitBytes), "hit")
	gauge(f.bytes, float64(c.MissBytes), "miss")
	for status, n := range c.Statuses {
		gauge(f.responses, float64(n), status)
	}
	gauge(f.peak, float64(c.Peak))
	gauge(f.at, float64(c.at.Unix()))
}
