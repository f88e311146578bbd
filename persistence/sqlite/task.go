package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/jobs"
	"github.com/swiperhq/swiper/persistence/sqlstore"
)

// Work gives a worker of the queue, which shares the writer with everybody. It is
// to be stopped before the store is closed.
func (s *Store) Work(o jobs.Options) (jobs.Worker, error) { return s.db.jobs.Work(o) }

// Dashboard shows the queue. It is to be closed before the store is.
func (s *Store) Dashboard(prefix string, logger *slog.Logger) (*jobs.Dashboard, error) {
	return s.db.jobs.Dashboard(prefix, logger)
}

// jobQueue is sqlstore.Jobs.
type jobQueue struct{ queue *jobs.Queue[*sql.Tx] }

var errNoTx = errors.New("tasks are enqueued in a transaction")

// Insert implements sqlstore.Jobs.
func (q jobQueue) Insert(ctx context.Context, c sqlstore.Conn, id persistence.TaskID, t *persistence.Task) (int64, error) {
	tx, err := txOf(c)
	if err != nil {
		return 0, err
	}
	job, err := q.queue.Insert(ctx, tx, id, t)
	return job, translate(ctx, err)
}

// Cancel implements sqlstore.Jobs.
func (q jobQueue) Cancel(ctx context.Context, c sqlstore.Conn, job int64) error {
	tx, err := txOf(c)
	if err != nil {
		return err
	}
	return translate(ctx, q.queue.Cancel(ctx, tx, job))
}

// Rescue implements sqlstore.Jobs.
func (q jobQueue) Rescue(ctx context.Context, silence time.Duration) (int, error) {
	n, err := q.queue.Rescue(ctx, time.Now().Add(-silence))
	return n, translate(ctx, err)
}

func txOf(c sqlstore.Conn) (*sql.Tx, error) {
	if c, ok := c.(conn); ok {
		if tx, ok := c.write.(*sql.Tx); ok {
			return tx, nil
		}
	}
	return nil, errNoTx
}
