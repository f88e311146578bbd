package tasks_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

func TestDone(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		halfway, goOn := make(chan struct{}), make(chan struct{})
		w.start(handle(w.t, kind(), func(ctx context.Context, run *tasks.Run, a args) (any, error) {
			run.Progress(ctx, 50)
			run.Progress(ctx, 20) // never back
			close(halfway)
			<-goOn
			return map[string]int{"n": a.N, "attempt": run.Attempt, "owner": int(run.Owner)}, nil
		}))
		id := w.enqueue(task(w.t, kind(), args{7}))
		signal(w.t, halfway)
		record := w.task(id)
		require.Equal(w.t, persistence.TaskRunning, record.State)
		require.Equal(w.t, 50, record.Progress)
		require.Equal(w.t, 1, record.Attempts)
		close(goOn)
		record = w.until(id, persistence.TaskDone)
		require.JSONEq(w.t, `{"n":7,"attempt":1,"owner":1}`, string(record.Result))
		require.Equal(w.t, 100, record.Progress)
		require.Empty(w.t, record.Error)
	})
}

func TestRetry(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		failed := make(chan int, 10)
		w.start(handle(w.t, kind(), func(_ context.Context, run *tasks.Run, _ args) (any, error) {
			if run.Attempt < 3 {
				failed <- run.Attempt
				if run.Attempt == 2 {
					panic("again")
				}
				return nil, social.Errorf(social.CodeUnavailable, "The store is away.")
			}
			return nil, nil
		}))
		id := w.enqueue(task(w.t, kind(), args{}))
		require.Equal(w.t, 1, signal(w.t, failed))
		require.Equal(w.t, 2, signal(w.t, failed))
		record := w.until(id, persistence.TaskDone)
		require.Equal(w.t, 3, record.Attempts)
		require.Nil(w.t, record.Result)
	})
}

// Between two attempts a task is retrying and tells why.
func TestRetrying(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		w.start(handle(w.t, kind(), func(context.Context, *tasks.Run, args) (any, error) {
			return nil, social.Errorf(social.CodeUnavailable, "The store is away.")
		}), func(o *tasks.Options) { o.Backoff = func(int) time.Duration { return time.Hour } })
		record := w.until(w.enqueue(task(w.t, kind(), args{})), persistence.TaskRetrying)
		require.Equal(w.t, "The store is away.", record.Error)
		require.Equal(w.t, 1, record.Attempts)
	})
}

func TestDeadLetter(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		var broken atomic.Bool
		broken.Store(true)
		k := kind()
		k.MaxAttempts = 2
		w.start(handle(w.t, k, func(context.Context, *tasks.Run, args) (any, error) {
			if broken.Load() {
				return nil, errors.New("secret cause")
			}
			return nil, nil
		}))
		id := w.enqueue(task(w.t, k, args{}))
		record := w.until(id, persistence.TaskFailed)
		require.Equal(w.t, 2, record.Attempts)
		require.NotContains(w.t, record.Error, "secret")
		require.NotEmpty(w.t, record.Error)
		dead, err := w.db.ListTasks(w.t.Context(), persistence.TaskFilter{State: persistence.TaskFailed, Limit: 10})
		require.NoError(w.t, err)
		require.Len(w.t, dead, 1)
		require.True(w.t, dead[0].Retryable)

		broken.Store(false)
		require.NoError(w.t, w.db.RetryTask(w.t.Context(), id, persistence.Change{By: "ops", At: w.clock.Now()}))
		record = w.until(id, persistence.TaskDone)
		require.Equal(w.t, 1, record.Attempts, "counted anew")
	})
}

func TestPermanent(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		w.start(handle(w.t, kind(), func(context.Context, *tasks.Run, args) (any, error) {
			return nil, tasks.Permanent(social.Errorf(social.CodeInvalidRequest, "This is no picture."))
		}))
		record := w.until(w.enqueue(task(w.t, kind(), args{})), persistence.TaskFailed)
		require.Equal(w.t, 1, record.Attempts)
		require.Equal(w.t, "This is no picture.", record.Error)
	})
}

// What a task is given or gives back does not fit.
func TestMisfits(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		w.start(handle(w.t, kind(), func(_ context.Context, _ *tasks.Run, a args) (any, error) {
			if a.N == 1 {
				return map[string]string{"x": strings.Repeat("x", 1<<20)}, nil
			}
			if a.N == 2 {
				return func() {}, nil // no JSON
			}
			return a.N, nil // no object
		}))
		bad := task(w.t, kind(), args{})
		bad.Args = []byte(`{"n":"text"}`)
		for _, made := range []persistence.Task{bad, task(w.t, kind(), args{1}), task(w.t, kind(), args{2}), task(w.t, kind(), args{3})} {
			require.Equal(w.t, 1, w.until(w.enqueue(made), persistence.TaskFailed).Attempts)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		begun, ended := make(chan struct{}), make(chan error, 1)
		w.start(handle(w.t, kind(), func(ctx context.Context, _ *tasks.Run, _ args) (any, error) {
			close(begun)
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		}))
		id := w.enqueue(task(w.t, kind(), args{}))
		signal(w.t, begun)
		require.NoError(w.t, w.db.CancelTask(w.t.Context(), id, persistence.Change{By: "ops", At: w.clock.Now()}))
		require.Equal(w.t, persistence.TaskFailed, w.task(id).State)
		require.ErrorIs(w.t, signal(w.t, ended), context.Canceled, "it was interrupted")
		require.Equal(w.t, "It was cancelled.", w.task(id).Error)
	})
}

// A worker that falls silent loses its task to another one; what it still says
// then changes nothing.
func TestRescue(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		var runs atomic.Int32
		h := handle(w.t, kind(), func(_ context.Context, run *tasks.Run, _ args) (any, error) {
			runs.Add(1)
			return args{run.Attempt}, nil
		})
		id := w.enqueue(task(w.t, kind(), args{}))
		frozen, release := make(chan struct{}), make(chan struct{})
		silent := w.startUnstopped(handle(w.t, kind(), func(context.Context, *tasks.Run, args) (any, error) {
			close(frozen)
			<-release
			return args{99}, nil
		}), func(o *tasks.Options) { // its first sign of life is its last, and it takes nothing else
			o.Silence, o.Limits = time.Hour, map[tasks.Queue]int{tasks.Uploads: 1}
		})
		signal(w.t, frozen)
		w.start(h, func(o *tasks.Options) { o.Silence = 200 * time.Millisecond })
		record := w.until(id, persistence.TaskDone)
		require.Equal(w.t, `{"n":2}`, string(record.Result))
		close(release)
		w.stop(silent)
		require.Equal(w.t, `{"n":2}`, string(w.task(id).Result))
		require.EqualValues(w.t, 1, runs.Load())
	})
}

// A task that works for longer than the silence that counts as death goes on.
func TestLongTaskIsKept(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		var runs atomic.Int32
		quick, finish := make(chan struct{}), make(chan struct{})
		h := handle(w.t, kind(), func(context.Context, *tasks.Run, args) (any, error) {
			runs.Add(1)
			<-finish
			return nil, nil
		})
		require.NoError(w.t, tasks.Handle(h, tasks.Kind[args]{Name: "test.later", Queue: tasks.CDN},
			func(context.Context, *tasks.Run, args) (any, error) { close(quick); return nil, nil }))
		silence := func(o *tasks.Options) { o.Silence = time.Second }
		w.start(h, silence)
		w.start(h, silence)
		id := w.enqueue(task(w.t, kind(), args{}))
		later := task(w.t, tasks.Kind[args]{Name: "test.later", Queue: tasks.CDN}, args{})
		later.RunAt = time.Now().Add(3 * time.Second)
		w.enqueue(later)
		signal(w.t, quick)
		close(finish)
		w.until(id, persistence.TaskDone)
		require.EqualValues(w.t, 1, runs.Load())
	})
}

// away is a store that cannot be reached to say who is alive, for as long as gone.
type away struct {
	persistence.Tasks

	gone   atomic.Bool
	frozen atomic.Pointer[chan struct{}] // answers come when it is closed; nil: at once
}

var errAway = errors.New("away")

func (a *away) KeepJobs(ctx context.Context, ids []int64) error {
	if a.gone.Load() {
		return errAway
	}
	err := a.Tasks.KeepJobs(ctx, ids)
	if thaw := a.frozen.Load(); thaw != nil {
		<-*thaw
	}
	return err
}

func (a *away) RescueJobs(ctx context.Context, silence time.Duration, at time.Time) (int, error) {
	if a.gone.Load() {
		return 0, errAway
	}
	return a.Tasks.RescueJobs(ctx, silence, at)
}

// held has a kind whose tasks go on until finish is closed, and lets time pass.
type held struct {
	w                    *world
	handlers             *tasks.Handlers
	runs                 atomic.Int32
	begun, later, finish chan struct{}
}

func laterKind() tasks.Kind[args] { return tasks.Kind[args]{Name: "test.wait", Queue: tasks.CDN} }

func newHeld(w *world) *held {
	h := &held{w: w, begun: make(chan struct{}, 10), later: make(chan struct{}, 10), finish: make(chan struct{})}
	h.handlers = handle(w.t, kind(), func(context.Context, *tasks.Run, args) (any, error) {
		h.runs.Add(1)
		h.begun <- struct{}{}
		<-h.finish
		return nil, nil
	})
	require.NoError(w.t, tasks.Handle(h.handlers, laterKind(), func(context.Context, *tasks.Run, args) (any, error) {
		h.later <- struct{}{}
		return nil, nil
	}))
	return h
}

// pass waits for a task that is due after d.
func (h *held) pass(d time.Duration) {
	made := task(h.w.t, laterKind(), args{})
	made.RunAt = time.Now().Add(d)
	h.w.enqueue(made)
	signal(h.w.t, h.later)
}

// When the database has been away for longer than the silence that counts as
// death, nobody is taken for dead: nobody could speak.
func TestNobodyIsDeadAfterAnOutage(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		held := newHeld(w)
		db := &away{Tasks: w.db}
		quiet := func(o *tasks.Options) { o.Silence, o.Store = time.Second, db }
		for range 4 {
			w.start(held.handlers, quiet)
		}
		id := w.enqueue(task(w.t, kind(), args{}))
		signal(w.t, held.begun)
		db.gone.Store(true)
		held.pass(2 * time.Second)
		db.gone.Store(false)
		held.pass(2 * time.Second)
		close(held.finish)
		w.until(id, persistence.TaskDone)
		require.EqualValues(w.t, 1, held.runs.Load())
	})
}

// Whose call is answered just when the database comes back, and whose next turn is due
// at once, has spoken twice before another says a word.
func TestWhoIsBackFirstRescuesNobody(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		held := newHeld(w)
		first, last := &away{Tasks: w.db}, &away{Tasks: w.db}
		const silence = 4 * time.Second
		w.start(held.handlers, func(o *tasks.Options) { o.Silence, o.Store = silence, last })
		id := w.enqueue(task(w.t, kind(), args{}))
		signal(w.t, held.begun)
		w.start(held.handlers, func(o *tasks.Options) { o.Silence, o.Store = silence, first })
		thaw := make(chan struct{})
		last.gone.Store(true)
		first.frozen.Store(&thaw)
		held.pass(silence + time.Second)
		first.frozen.Store(nil)
		close(thaw)
		last.gone.Store(false)
		held.pass(silence)
		close(held.finish)
		w.until(id, persistence.TaskDone)
		require.EqualValues(w.t, 1, held.runs.Load())
	})
}

// What dies at every attempt is given up.
func TestRescueEnds(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		k := kind()
		k.MaxAttempts = 1
		frozen, release := make(chan struct{}), make(chan struct{})
		silent := w.startUnstopped(handle(w.t, k, func(context.Context, *tasks.Run, args) (any, error) {
			close(frozen)
			<-release
			return nil, nil
		}), func(o *tasks.Options) { o.Silence = time.Hour })
		id := w.enqueue(task(w.t, k, args{}))
		signal(w.t, frozen)
		w.start(handle(w.t, tasks.Kind[args]{Name: "test.other", Queue: tasks.CDN}, func(context.Context, *tasks.Run, args) (any, error) { return nil, nil }),
			func(o *tasks.Options) { o.Silence = 200 * time.Millisecond })
		record := w.until(id, persistence.TaskFailed)
		require.True(w.t, record.Retryable)
		close(release)
		w.stop(silent)
		require.Equal(w.t, persistence.TaskFailed, w.task(id).State)
	})
}

// A kind that must not be repeated fails when its worker fell silent.
func TestAtMostOnce(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		k := kind()
		k.AtMostOnce = true
		var runs atomic.Int32
		frozen, release := make(chan struct{}), make(chan struct{})
		silent := w.startUnstopped(handle(w.t, k, func(context.Context, *tasks.Run, args) (any, error) {
			runs.Add(1)
			close(frozen)
			<-release
			return nil, nil
		}), func(o *tasks.Options) { o.Silence = time.Hour })
		id := w.enqueue(task(w.t, k, args{}))
		signal(w.t, frozen)
		w.start(handle(w.t, k, func(context.Context, *tasks.Run, args) (any, error) {
			runs.Add(1)
			return nil, nil
		}), func(o *tasks.Options) { o.Silence = 200 * time.Millisecond })
		w.until(id, persistence.TaskFailed)
		close(release)
		w.stop(silent)
		require.EqualValues(w.t, 1, runs.Load())
	})
}

// One that says it did nothing is tried again.
func TestAtMostOnceIsRetriedAfterARefusal(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		k := kind()
		k.AtMostOnce = true
		w.start(handle(w.t, k, func(_ context.Context, run *tasks.Run, _ args) (any, error) {
			if run.Attempt == 1 {
				return nil, errors.New("refused")
			}
			return nil, nil
		}))
		require.Equal(w.t, 2, w.until(w.enqueue(task(w.t, k, args{})), persistence.TaskDone).Attempts)
	})
}

// Stop waits for what is under way, and puts back what takes too long.
func TestDrain(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		begun := make(chan int, 2)
		finish := make(chan struct{})
		h := handle(w.t, kind(), func(ctx context.Context, _ *tasks.Run, a args) (any, error) {
			begun <- a.N
			if a.N == 1 {
				<-finish
				return nil, nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		})
		r := w.startUnstopped(h, func(o *tasks.Options) { o.Drain = 500 * time.Millisecond })
		short, long := w.enqueue(task(w.t, kind(), args{1})), w.enqueue(task(w.t, kind(), args{2}))
		require.Equal(w.t, 3, signal(w.t, begun)+signal(w.t, begun))
		stopped := make(chan error, 1)
		go func() { stopped <- r.Stop(context.Background()) }()
		close(finish)
		require.NoError(w.t, signal(w.t, stopped))
		require.Equal(w.t, persistence.TaskDone, w.task(short).State)
		record := w.task(long)
		require.Equal(w.t, persistence.TaskQueued, record.State, "as if it had not been begun")

		w.start(handle(w.t, kind(), func(context.Context, *tasks.Run, args) (any, error) { return nil, nil }))
		require.Equal(w.t, 1, w.until(long, persistence.TaskDone).Attempts)
	})
}

// An embedded database has one process: what is under way when it starts is dead.
func TestAlone(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		frozen, release := make(chan struct{}), make(chan struct{})
		h := handle(w.t, kind(), func(_ context.Context, run *tasks.Run, _ args) (any, error) {
			if run.Attempt == 1 {
				close(frozen)
				<-release
			}
			return args{run.Attempt}, nil
		})
		hour := func(o *tasks.Options) { o.Silence = time.Hour }
		silent := w.startUnstopped(h, hour)
		id := w.enqueue(task(w.t, kind(), args{}))
		signal(w.t, frozen)
		w.start(h, hour, func(o *tasks.Options) { o.Alone = true })
		require.Equal(w.t, `{"n":2}`, string(w.until(id, persistence.TaskDone).Result))
		close(release)
		w.stop(silent)
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		const limit, all = 2, 8
		var now, most atomic.Int32
		h := handle(w.t, kind(), func(context.Context, *tasks.Run, args) (any, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m; m = most.Load() {
				most.CompareAndSwap(m, n)
			}
			return nil, nil
		})
		var made []persistence.Task
		for range all {
			made = append(made, task(w.t, kind(), args{}))
		}
		out, err := w.db.EnqueueTasks(w.t.Context(), w.clock.Now(), made...)
		require.NoError(w.t, err)
		w.start(h, func(o *tasks.Options) { o.Limits = map[tasks.Queue]int{tasks.Uploads: limit} })
		for _, e := range out {
			w.until(e.ID, persistence.TaskDone)
		}
		require.LessOrEqual(w.t, most.Load(), int32(limit))
	})
}
