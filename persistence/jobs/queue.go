package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"github.com/swiperhq/swiper/persistence"
)

// notifyEvery is the least time between two wake-ups of a queue's workers.
const notifyEvery = 20 * time.Millisecond

// Queue is the queue of one engine, whose transactions are Tx.
type Queue[Tx any] struct {
	driver riverdriver.Driver[Tx]
	client *river.Client[Tx] // only inserts
}

// New gives the queue of a driver. It starts nothing.
func New[Tx any](driver riverdriver.Driver[Tx]) (*Queue[Tx], error) {
	client, err := river.NewClient(driver, &river.Config{Logger: quiet(nil), FetchCooldown: notifyEvery})
	if err != nil {
		return nil, fmt.Errorf("open the queue: %w", err)
	}
	return &Queue[Tx]{driver, client}, nil
}

// args are what a job carries.
type args struct {
	Task persistence.TaskID `json:"task"`
	kind string
}

// Kind implements river.JobArgs.
func (a args) Kind() string { return a.kind }

// Insert enqueues the job of task id in tx and gives its number. The number means
// nothing before tx has committed.
func (q *Queue[Tx]) Insert(ctx context.Context, tx Tx, id persistence.TaskID, t *persistence.Task) (int64, error) {
	in, err := q.client.InsertTx(ctx, tx, args{id, t.Kind}, &river.InsertOpts{
		Queue: t.Queue, MaxAttempts: t.MaxAttempts, ScheduledAt: t.RunAt,
	})
	if err != nil {
		return 0, fmt.Errorf("enqueue: %w", err)
	}
	return in.Job.ID, nil
}

// Cancel takes a job out of the queue and interrupts it where it runs. One that is
// gone is no error.
func (q *Queue[Tx]) Cancel(ctx context.Context, tx Tx, job int64) error {
	_, err := q.client.JobCancelTx(ctx, tx, job)
	if err != nil && !errors.Is(err, river.ErrNotFound) {
		return fmt.Errorf("cancel a job: %w", err)
	}
	return nil
}
