package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/jobs"
	"github.com/swiperhq/swiper/persistence/sqlstore"
)

// jobConns are the connections of the queue's own: one that listens, and those
// that fetch and complete jobs. A flood of tasks takes none of the others.
const jobConns = 5

// openJobs gives the queue over connections of its own. They are made when they
// are needed, and the queue's statements are planned as the server likes.
func openJobs(ctx context.Context, conf *pgxpool.Config) (*pgxpool.Pool, *jobs.Queue[pgx.Tx], error) {
	own := conf.Copy()
	own.MaxConns, own.MinConns, own.AfterConnect = jobConns, 0, nil
	for _, name := range plannerSettings() {
		delete(own.ConnConfig.RuntimeParams, name)
	}
	pool, err := pgxpool.NewWithConfig(ctx, own)
	if err != nil {
		return nil, nil, fmt.Errorf("open database: %w", translate(ctx, err))
	}
	queue, err := jobs.New(riverpgxv5.New(pool))
	if err != nil {
		pool.Close()
		return nil, nil, err
	}
	return pool, queue, nil
}

// Work gives a worker of the queue. It is to be stopped before the store is closed.
func (s *Store) Work(o jobs.Options) (jobs.Worker, error) { return s.jobs.Work(o) }

// Dashboard shows the queue. It is to be closed before the store is.
func (s *Store) Dashboard(prefix string, logger *slog.Logger) (*jobs.Dashboard, error) {
	return s.jobs.Dashboard(prefix, logger)
}

// jobQueue is sqlstore.Jobs.
type jobQueue struct {
	pool  *pgxpool.Pool
	queue *jobs.Queue[pgx.Tx]
}

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
	var now time.Time
	if err := q.pool.QueryRow(ctx, `SELECT now()`).Scan(&now); err != nil {
		return 0, translate(ctx, err)
	}
	n, err := q.queue.Rescue(ctx, now.Add(-silence))
	return n, translate(ctx, err)
}

func txOf(c sqlstore.Conn) (pgx.Tx, error) {
	if c, ok := c.(conn); ok {
		if tx, ok := c.q.(pgx.Tx); ok {
			return tx, nil
		}
	}
	return nil, errNoTx
}
