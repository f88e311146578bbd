package tasks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/jobs"
)

// Engine is the database's queue; the engines of persistence are ones.
type Engine interface {
	Work(o jobs.Options) (jobs.Worker, error)
}

// Options of Start. Store, Engine, Handlers, Zone and Registerer are required.
type Options struct {
	Store    persistence.Tasks
	Engine   Engine
	Handlers *Handlers
	// Schedules are what is due periodically, each once in the cluster.
	Schedules []Schedule
	Zone      func() *time.Location // of schedules
	// Limits tells how many tasks of each queue this node works at; queues that are
	// missing have their default.
	Limits map[Queue]int
	// Silence is after how long a worker that says nothing counts as dead; 0: 12 s.
	// A dead one's task goes on within one and a half times that.
	Silence time.Duration
	// Alone tells that no other process works at this database: what is under way
	// when this one starts has lost its worker.
	Alone bool
	// Tick is the time between two looks at the schedules; 0: 1 s.
	Tick time.Duration
	// Drain is how long Stop waits for tasks under way before it interrupts them;
	// 0: 10 s. They go on elsewhere, or later.
	Drain time.Duration
	// Backoff tells how long to wait after so many failed attempts; nil: Backoff.
	Backoff    func(failed int) time.Duration
	Now        func() time.Time // nil: time.Now
	Logger     *slog.Logger     // nil: discards
	Registerer prometheus.Registerer
}

const (
	defaultSilence = 12 * time.Second
	defaultTick    = time.Second
	defaultDrain   = 10 * time.Second
	settleTimeout  = 5 * time.Second // of what is written after an attempt
)

func (o *Options) complete() error {
	if o.Store == nil || o.Engine == nil || o.Handlers == nil || o.Zone == nil || o.Registerer == nil {
		return errors.New("tasks: Store, Engine, Handlers, Zone and Registerer are required")
	}
	limits := DefaultLimits()
	for queue, n := range o.Limits {
		if _, known := limits[queue]; !known || n < 1 {
			return fmt.Errorf("tasks: %d workers for queue %q", n, queue)
		}
		limits[queue] = n
	}
	o.Limits = limits
	if o.Silence <= 0 {
		o.Silence = defaultSilence
	}
	if o.Tick <= 0 {
		o.Tick = defaultTick
	}
	if o.Drain <= 0 {
		o.Drain = defaultDrain
	}
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

const (
	firstBackoff = 2 * time.Second
	maxBackoff   = 5 * time.Minute
)

// Backoff doubles from 2 s to 5 min with the number of failed attempts, and then
// takes off up to a third, so that what failed together does not come back together.
func Backoff(failed int) time.Duration {
	d := maxBackoff
	if failed <= 8 { // 2 s · 2⁷ is less than the most
		d = firstBackoff << max(failed-1, 0)
	}
	return d - rand.N(d/3) //nolint:gosec // spreads load
}

// Runner works at tasks and sees to it that nothing is forgotten.
type Runner struct {
	o       Options
	worker  jobs.Worker
	metrics *metrics
	beat    *beat

	running  sync.Map  // job number → nothing, for what is under way here
	kept     time.Time // of watch alone: when it could last say what is alive,
	back     time.Time // and since when it has been able to
	stopping atomic.Bool
	endLoops context.CancelFunc
	loops    sync.WaitGroup
}

// Start begins to work. The runner goes on until Stop, also after ctx has ended.
func Start(ctx context.Context, o Options) (*Runner, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, err
	}
	r := &Runner{o: o, metrics: m, beat: newBeat(&o)}
	queues, kinds := map[string]int{}, map[string]time.Duration{}
	for queue, n := range o.Limits {
		queues[string(queue)] = n
	}
	for kind, h := range maps.All(o.Handlers.byKind) {
		kinds[kind] = h.timeout
	}
	r.worker, err = o.Engine.Work(jobs.Options{
		Queues: queues, Kinds: kinds, Logger: o.Logger, Run: r.run,
		Backoff: func(a jobs.Attempt) time.Duration { return o.Backoff(a.Number) },
	})
	if err != nil {
		return nil, err
	}
	if o.Alone {
		if _, err := o.Store.RescueJobs(ctx, 0, o.Now()); err != nil {
			return nil, fmt.Errorf("tasks: take up what was under way: %w", err)
		}
	}
	if err := r.worker.Start(ctx); err != nil {
		return nil, fmt.Errorf("tasks: start to work: %w", err)
	}
	loops, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.endLoops = cancel
	r.every(loops, "keep and rescue tasks", o.Silence/4, r.watch)
	r.every(loops, "enqueue what is due", o.Tick, r.beat.turn)
	r.every(loops, "count tasks", countEvery, r.count)
	return r, nil
}

// every does something again and again, and says once that it fails and once that
// it does not any more.
func (r *Runner) every(ctx context.Context, what string, d time.Duration, do func(context.Context) error) {
	r.loops.Go(func() {
		turns := time.NewTicker(d)
		defer turns.Stop()
		failing := false
		for {
			call, cancel := context.WithTimeout(ctx, settleTimeout)
			err := do(call)
			cancel()
			if ctx.Err() != nil {
				return
			}
			if failed := err != nil; failed != failing {
				failing = failed
				if failed {
					r.o.Logger.WarnContext(ctx, "the upkeep of tasks fails; it is tried again", slog.String("what", what), slog.Any("err", err))
				} else {
					r.o.Logger.InfoContext(ctx, "the upkeep of tasks works again", slog.String("what", what))
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-turns.C:
			}
		}
	})
}

// watch keeps what is under way here, and rescues what nobody keeps. Who has been
// away, with the database or asleep, rescues nothing for a while: others may have been
// away as well, and speak first.
func (r *Runner) watch(ctx context.Context) error {
	if err := r.keep(ctx); err != nil {
		return err
	}
	now := time.Now().Round(0) // a machine's sleep counts, which monotonic time leaves out
	away := now.Sub(r.kept) > r.o.Silence/2
	r.kept = now
	if away {
		r.back = now
	}
	if now.Sub(r.back) < r.o.Silence/2 {
		return nil
	}
	return r.rescue(ctx)
}

// keep says that what is under way here is alive.
func (r *Runner) keep(ctx context.Context) error {
	var ids []int64
	r.running.Range(func(job, _ any) bool {
		ids = append(ids, job.(int64)) //nolint:forcetypeassert // nothing else is stored
		return true
	})
	return r.o.Store.KeepJobs(ctx, ids)
}

// rescue makes due again what has lost its worker.
func (r *Runner) rescue(ctx context.Context) error {
	n, err := r.o.Store.RescueJobs(ctx, r.o.Silence, r.o.Now())
	if n > 0 {
		r.o.Logger.WarnContext(ctx, "tasks had lost their worker", slog.Int("tasks", n))
	}
	return err
}

// Stop takes no more tasks, waits for those under way for Options.Drain, or half of
// what ctx leaves, and then interrupts them: they are due again at once.
func (r *Runner) Stop(ctx context.Context) error {
	defer func() {
		r.endLoops() // only now: what is being drained is alive
		r.loops.Wait()
	}()
	wait := r.o.Drain
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline)/2)
	}
	drain, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	err := r.worker.Stop(drain)
	if err == nil || ctx.Err() != nil {
		return err
	}
	r.stopping.Store(true)
	if err := r.worker.StopAndCancel(ctx); err != nil {
		return fmt.Errorf("interrupt the tasks under way: %w", err)
	}
	return nil
}
