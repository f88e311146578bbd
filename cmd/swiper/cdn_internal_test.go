package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
)

// records are the tasks that are done.
type records []persistence.TaskRecord

func (r *records) ListTasks(_ context.Context, f persistence.TaskFilter) ([]persistence.TaskRecord, error) {
	if f.Kind != "cdn.figures" || f.State != persistence.TaskDone {
		return nil, nil
	}
	return *r, nil
}

// gathered gives values by name and label.
func gathered(t *testing.T, f *figures) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	require.NoError(t, registry.Register(f))
	families, err := registry.Gather()
	require.NoError(t, err)
	out := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := []string{family.GetName()}
			for _, label := range m.GetLabel() {
				name = append(name, label.GetValue())
			}
			out[strings.Join(name, " ")] = m.GetGauge().GetValue()
		}
	}
	return out
}

// Every node shows what one of them was told, and goes on showing it when the
// record has been forgotten.
func TestFiguresAreTheLatest(t *testing.T) {
	t.Parallel()
	f := newFigures(nil)
	done := &records{}
	f.store = done
	f.look(t.Context())
	require.Empty(t, gathered(t, f))
	*done = records{{Result: []byte(`{"day":"2026-03-04","hits":9,"misses":1,"hit_bytes":90,"statuses":{"404":10},"peak":7}`), EndedAt: time.Unix(100, 0)}}
	want := map[string]float64{
		"swiper_cdn_requests hit": 9, "swiper_cdn_requests miss": 1, "swiper_cdn_bytes hit": 90, "swiper_cdn_bytes miss": 0,
		"swiper_cdn_responses 404": 10, "swiper_cdn_peak_bits_per_second": 7, "swiper_cdn_figures_timestamp_seconds": 100,
	}
	f.look(t.Context())
	require.Equal(t, want, gathered(t, f))
	for _, later := range []records{nil, {{Result: []byte(`{"hits":"many"}`)}}, {{}}} {
		*done = later
		f.look(t.Context())
		require.Equal(t, want, gathered(t, f), "what is not there, or cannot be read, changes nothing")
	}
}
