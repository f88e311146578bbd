package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// querier is what pools and transactions have in common.
type querier interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// pool is what the store needs of its pool; a single connection has it, too.
type pool interface {
	querier
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	Begin(ctx context.Context) (pgx.Tx, error)
}

// conn is sqlstore.Conn over a pool or a transaction.
type conn struct{ q querier }

// Exec implements sqlstore.Conn.
func (c conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := c.q.Exec(ctx, query, args...)
	return tag.RowsAffected(), translate(ctx, err)
}

// Query implements sqlstore.Conn.
func (c conn) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	r, err := c.q.Query(ctx, query, args...)
	if err != nil {
		return nil, translate(ctx, err)
	}
	return rows{ctx, r}, nil
}

// QueryRow implements sqlstore.Conn.
func (c conn) QueryRow(ctx context.Context, query string, args ...any) sqlstore.Row {
	return row{ctx, c.q.QueryRow(ctx, query, args...)}
}

type row struct {
	ctx context.Context // lives as long as the call that made it
	r   pgx.Row
}

func (r row) Scan(dst ...any) error {
	err := r.r.Scan(dst...)
	if errors.Is(err, pgx.ErrNoRows) {
		return sqlstore.ErrNoRows
	}
	return translate(r.ctx, err)
}

type rows struct {
	ctx context.Context // lives as long as the call that made it
	r   pgx.Rows
}

func (r rows) Next() bool            { return r.r.Next() }
func (r rows) Scan(dst ...any) error { return translate(r.ctx, r.r.Scan(dst...)) }
func (r rows) Err() error            { return translate(r.ctx, r.r.Err()) }
func (r rows) Close()                { r.r.Close() }

// db is sqlstore.DB over the pool.
type db struct {
	conn
	pool      pool
	namespace int32 // of the advisory locks, see lock.go
	jobs      jobQueue
}

// ReadAll implements sqlstore.DB.
func (d *db) ReadAll(ctx context.Context, reads ...sqlstore.Read) error {
	var b pgx.Batch
	for _, read := range reads {
		b.Queue(read.Query, read.Args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := read.Row(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
	return translate(ctx, d.pool.SendBatch(ctx, &b).Close())
}

// InTx implements sqlstore.DB.
func (d *db) InTx(ctx context.Context, f func(sqlstore.Conn) error) error {
	return translate(ctx, pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error { return f(conn{tx}) }))
}

// Dialect implements sqlstore.DB.
func (d *db) Dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Time:    func(t time.Time) any { return sqlstore.Micros(t) },
		Date:    date,
		IDs:     func(ids []social.UserID) any { return int64s(ids) },
		EachID:  func(param string) string { return `unnest(` + param + `::bigint[]) AS c(id)` },
		LockRow: ` FOR NO KEY UPDATE`, SkipLocked: ` FOR UPDATE SKIP LOCKED`,
		Unflushed: `(SELECT set_config('synchronous_commit', 'off', true)) = 'off'`,
		LockKey: func(ctx context.Context, tx sqlstore.Conn, key []byte) error {
			_, err := tx.Exec(ctx, lockKeySQL, d.namespace, lockOf(key))
			return err
		},
		LockSlots: func(ctx context.Context, tx sqlstore.Conn, slots []int32) error {
			_, err := tx.Exec(ctx, lockSQL, d.namespace, slots)
			return err
		},
		LastSwipe: `coalesce(pg_sequence_last_value(pg_get_serial_sequence('swiped', 'seq')::regclass), 0)`,
		Jobs:      d.jobs, JobNow: `now()`,
	}
}

func date(d social.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.Time()
}

func int64s(ids []social.UserID) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}
