package tasks_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/internal/testrace"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/persistence/sqlite"
	"github.com/swiperhq/swiper/tasks"
)

// patience is far more than anything here takes.
const patience = time.Minute

type store interface {
	persistence.Store
	persistence.Migrator
	tasks.Engine
}

// place says where a database is; it can be told to another process.
type place struct{ Engine, At, Schema string }

func (p place) open(ctx context.Context) (store, error) {
	if p.Engine == "sqlite" {
		return sqlite.Open(ctx, sqlite.Options{Path: p.At})
	}
	return postgres.Open(ctx, postgres.Options{URL: p.At, Schema: p.Schema, MaxConns: 8})
}

// world is one database and who works at it.
type world struct {
	t     *testing.T
	place place
	db    store
	clock *clock
}

// clock is what the runners go by.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// onEachEngine runs a test on a fresh database of each engine.
func onEachEngine(t *testing.T, test func(w *world)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			if engine == "sqlite" && testrace.Enabled {
				t.Skip("skipped under the race detector: SQLite answers within no deadline there")
			}
			at := place{Engine: engine, At: filepath.Join(t.TempDir(), "swiper.db")}
			if engine == "postgres" {
				at.At, at.Schema = testdb.Postgres(t)
			}
			db, err := at.open(t.Context())
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			_, err = db.MigrateUp(t.Context())
			require.NoError(t, err)
			test(&world{t, at, db, &clock{now: time.Now()}})
		})
	}
}

// start begins to work at what handlers handle; o adds to the options.
func (w *world) start(h *tasks.Handlers, o ...func(*tasks.Options)) {
	w.t.Helper()
	r := w.startUnstopped(h, o...)
	w.t.Cleanup(func() { w.stop(r) })
}

func (w *world) startUnstopped(h *tasks.Handlers, o ...func(*tasks.Options)) *tasks.Runner {
	w.t.Helper()
	options := tasks.Options{
		Store: w.db, Engine: w.db, Handlers: h, Zone: func() *time.Location { return time.UTC }, Now: w.clock.Now,
		Backoff: func(int) time.Duration { return time.Millisecond }, Tick: 10 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), Registerer: prometheus.NewRegistry(),
	}
	for _, set := range o {
		set(&options)
	}
	r, err := tasks.Start(w.t.Context(), options)
	require.NoError(w.t, err)
	return r
}

func (w *world) stop(r *tasks.Runner) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(w.t, r.Stop(ctx))
}

// args of the tests' kinds.
type args struct {
	N int `json:"n"`
}

func kind() tasks.Kind[args] { return tasks.Kind[args]{Name: "test.work", Queue: tasks.Uploads} }

// handle gives handlers with one kind.
func handle[A any](t *testing.T, k tasks.Kind[A], do func(ctx context.Context, run *tasks.Run, args A) (any, error)) *tasks.Handlers {
	t.Helper()
	h := tasks.NewHandlers()
	require.NoError(t, tasks.Handle(h, k, do))
	return h
}

func task[A any](t *testing.T, k tasks.Kind[A], a A) persistence.Task {
	t.Helper()
	made, err := k.New(a)
	require.NoError(t, err)
	made.Owner = 1
	return made
}

func (w *world) enqueue(made ...persistence.Task) persistence.TaskID {
	w.t.Helper()
	out, err := w.db.EnqueueTasks(w.t.Context(), w.clock.Now(), made...)
	require.NoError(w.t, err)
	return out[0].ID
}

func (w *world) task(id persistence.TaskID) persistence.TaskRecord {
	w.t.Helper()
	record, err := w.db.Task(w.t.Context(), id, 1, time.Time{})
	require.NoError(w.t, err)
	return record
}

// until waits for a state.
func (w *world) until(id persistence.TaskID, state persistence.TaskState) persistence.TaskRecord {
	w.t.Helper()
	var record persistence.TaskRecord
	require.Eventually(w.t, func() bool {
		record = w.task(id)
		return record.State == state
	}, patience, 5*time.Millisecond, "never %s", state)
	return record
}

// signal waits for what a handler says.
func signal[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		require.Fail(t, "nothing came")
		panic("unreachable")
	}
}
