package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/persistence/jobs"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// drainTimeout bounds how long Close waits for running calls.
const drainTimeout = 10 * time.Second

// querier is what pools and transactions have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// conn is sqlstore.Conn over a pool or a transaction.
type conn struct{ write, read querier }

// Exec implements sqlstore.Conn.
func (c conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := c.write.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, translate(ctx, err)
	}
	n, err := result.RowsAffected()
	return n, translate(ctx, err)
}

// Query implements sqlstore.Conn.
func (c conn) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	r, err := c.read.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller's
	if err != nil {
		return nil, translate(ctx, err)
	}
	return rows{ctx, r}, nil
}

// QueryRow implements sqlstore.Conn.
func (c conn) QueryRow(ctx context.Context, query string, args ...any) sqlstore.Row {
	return row{ctx, c.read.QueryRowContext(ctx, query, args...)}
}

type row struct {
	ctx context.Context // lives as long as the call that made it
	r   *sql.Row
}

func (r row) Scan(dst ...any) error {
	err := r.r.Scan(dst...)
	if errors.Is(err, sql.ErrNoRows) {
		return sqlstore.ErrNoRows
	}
	return translate(r.ctx, err)
}

type rows struct {
	ctx context.Context // lives as long as the call that made it
	r   *sql.Rows
}

func (r rows) Next() bool            { return r.r.Next() }
func (r rows) Scan(dst ...any) error { return translate(r.ctx, r.r.Scan(dst...)) }
func (r rows) Err() error            { return translate(r.ctx, r.r.Err()) }
func (r rows) Close()                { _ = r.r.Close() }

// db is sqlstore.DB: the writer, one connection, and the readers. Inside of a
// transaction neither may be used: the writer is taken, and waiting for it
// would never end.
type db struct {
	write, read *sql.DB
	jobs        *jobs.Queue[*sql.Tx]
}

func (d *db) pools() conn { return conn{write: d.write, read: d.read} }

// Exec implements sqlstore.Conn.
func (d *db) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return d.pools().Exec(ctx, query, args...)
}

// Query implements sqlstore.Conn.
func (d *db) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	return d.pools().Query(ctx, query, args...)
}

// QueryRow implements sqlstore.Conn.
func (d *db) QueryRow(ctx context.Context, query string, args ...any) sqlstore.Row {
	return d.pools().QueryRow(ctx, query, args...)
}

// ReadAll implements sqlstore.DB.
func (d *db) ReadAll(ctx context.Context, reads ...sqlstore.Read) error {
	return sqlstore.ReadEach(ctx, d.pools(), reads...)
}

// InTx implements sqlstore.DB.
func (d *db) InTx(ctx context.Context, f func(sqlstore.Conn) error) error {
	return d.inTx(ctx, func(tx *sql.Tx) error { return f(conn{write: tx, read: tx}) })
}

// inTx runs f in a transaction of the writer, committed if f gives nil.
func (d *db) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return translate(ctx, err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // fails only if the transaction is over already
		return translate(ctx, err)
	}
	return translate(ctx, tx.Commit())
}

func (d *db) close() error { return errors.Join(drain(d.read, readers), drain(d.write, 1)) }

// drain closes a pool once its calls have ended: it takes each connection away
// from those that might still come. A call that does not end is not waited for
// for ever.
func drain(pool *sql.DB, conns int) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	for range conns {
		c, err := pool.Conn(ctx)
		if err != nil {
			break // closed all the same
		}
		defer c.Close() //nolint:errcheck // nothing was done with it
	}
	return pool.Close()
}

// Dialect implements sqlstore.DB.
func (d *db) Dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Time:      func(t time.Time) any { return t.UnixMicro() },
		Date:      date,
		IDs:       idList,
		EachID:    func(param string) string { return `(SELECT value AS id FROM json_each(` + param + `)) AS c` },
		LockKey:   func(context.Context, sqlstore.Conn, []byte) error { return nil }, // the writer is alone
		LockSlots: func(context.Context, sqlstore.Conn, []int32) error { return nil },
		Unflushed: `true`,
		LastSwipe: `(SELECT value FROM counter WHERE name = 'swiped')`,
		Jobs:      jobQueue{d.jobs}, JobNow: `datetime('now', 'subsec')`,
	}
}

func date(d social.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.String()
}

// idList writes ids as a JSON array.
func idList(ids []social.UserID) any {
	text := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(id), 10)
	}
	return string(append(text, ']'))
}
