package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/swiperhq/swiper/persistence"
)

// keepEnded is how long the queue's own row of a job outlives its end; what people
// ask for is in tables of ours.
const keepEnded = 10 * time.Minute

const (
	fetchEvery = 20 * time.Millisecond // at most so often, which bounds throughput
	pollEvery  = time.Second           // for jobs whose wake-up got lost
)

// Attempt is one attempt at a job.
type Attempt struct {
	persistence.TaskAttempt
	Kind string
	// Number counts from 1; at Last the job counts as failed if it fails again.
	Number, Last int
}

// Verdicts that Options.Run gives as an error; any other error means "again later".
var (
	// ErrDead ends a job for good.
	ErrDead = errors.New("the task has failed for good")
	// ErrPutBack makes it due at once, and does not count the attempt.
	ErrPutBack = errors.New("the attempt was given up")
)

// ErrCancelled is the cause with which the context of a cancelled job ends.
var ErrCancelled error = rivertype.ErrJobCancelledRemotely

// Options of Work. All are required.
type Options struct {
	// Queues tells how many jobs of each queue are worked at by this process.
	Queues map[string]int
	// Kinds are taken from the queues, others are left there; each is interrupted
	// after its time.
	Kinds map[string]time.Duration
	// Run works at a job; nil: it is done.
	Run func(ctx context.Context, a Attempt) error
	// Backoff tells how long to wait after an attempt that failed.
	Backoff func(a Attempt) time.Duration
	Logger  *slog.Logger
}

// Worker takes jobs and works at them.
type Worker interface {
	// Start begins to take jobs. They are not interrupted by the end of ctx.
	Start(ctx context.Context) error
	// Stop takes no more jobs and waits for those under way, at most until ctx ends.
	Stop(ctx context.Context) error
	// StopAndCancel interrupts those under way and waits for them, at most until ctx ends.
	StopAndCancel(ctx context.Context) error
}

// Work gives a worker of the queue, still at rest.
func (q *Queue[Tx]) Work(o Options) (Worker, error) {
	queues := map[string]river.QueueConfig{}
	for name, workers := range o.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: workers}
	}
	workers := river.NewWorkers()
	for kind, timeout := range o.Kinds {
		river.AddWorkerArgs(workers, args{kind: kind}, &worker{o: &o, timeout: timeout})
	}
	client, err := river.NewClient(q.driver, &river.Config{
		Queues: queues, Workers: workers, Logger: quiet(o.Logger),
		FetchCooldown: fetchEvery, FetchPollInterval: pollEvery, FetchOnlyKnownKinds: true,
		CompletedJobRetentionPeriod: keepEnded, CancelledJobRetentionPeriod: keepEnded, DiscardedJobRetentionPeriod: keepEnded,
	})
	if err != nil {
		return nil, fmt.Errorf("work at the queue: %w", err)
	}
	return detached[Tx]{client}, nil
}

// detached is a client that is ended by its methods only.
type detached[Tx any] struct{ *river.Client[Tx] }

// Start implements Worker.
func (d detached[Tx]) Start(ctx context.Context) error {
	return d.Client.Start(context.WithoutCancel(ctx))
}

// worker works at the jobs of one kind.
type worker struct {
	river.WorkerDefaults[args]
	o       *Options
	timeout time.Duration
}

func attemptOf(job *river.Job[args]) Attempt {
	return Attempt{
		TaskAttempt: persistence.TaskAttempt{ID: job.Args.Task, Job: job.ID},
		Kind:        job.Kind, Number: job.Attempt, Last: job.MaxAttempts,
	}
}

// Timeout implements river.Worker.
func (w *worker) Timeout(*river.Job[args]) time.Duration { return w.timeout }

// NextRetry implements river.Worker.
func (w *worker) NextRetry(job *river.Job[args]) time.Time {
	return time.Now().Add(w.o.Backoff(attemptOf(job)))
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[args]) error {
	err := w.o.Run(ctx, attemptOf(job))
	switch {
	case errors.Is(err, ErrDead):
		return river.JobCancel(err)
	case errors.Is(err, ErrPutBack):
		return river.JobSnooze(0)
	}
	return err
}
