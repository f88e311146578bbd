package tasks_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/tasks"
)

// BenchmarkTasks measures tasks per second, from a hundred in a transaction to
// their ends, that do nothing themselves.
func BenchmarkTasks(b *testing.B) {
	const batch = 100
	url, schema := testdb.Postgres(b)
	db, err := place{"postgres", url, schema}.open(b.Context())
	require.NoError(b, err)
	defer func() { require.NoError(b, db.Close()) }()
	_, err = db.MigrateUp(b.Context())
	require.NoError(b, err)
	k := kind()
	k.Queue = tasks.Messages
	h := tasks.NewHandlers()
	var done sync.WaitGroup
	require.NoError(b, tasks.Handle(h, k, func(context.Context, *tasks.Run, args) (any, error) {
		done.Done()
		return nil, nil
	}))
	r, err := tasks.Start(b.Context(), tasks.Options{
		Store: db, Engine: db, Handlers: h, Zone: func() *time.Location { return time.UTC },
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	require.NoError(b, err)
	defer func() { require.NoError(b, r.Stop(context.Background())) }()
	b.ResetTimer()
	done.Add(b.N)
	var left atomic.Int64
	left.Store(int64(b.N))
	var handlers sync.WaitGroup
	for range 4 {
		handlers.Go(func() {
			for {
				n := left.Add(-batch) + batch
				if n <= 0 {
					return
				}
				made := make([]persistence.Task, min(batch, n))
				for i := range made {
					made[i], _ = k.New(args{})
				}
				_, err := db.EnqueueTasks(b.Context(), time.Now(), made...)
				assert.NoError(b, err)
			}
		})
	}
	handlers.Wait()
	enqueued := b.Elapsed()
	done.Wait()
	b.ReportMetric(float64(b.N)/enqueued.Seconds(), "enqueued/s")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}
