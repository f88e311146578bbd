package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// ErrNoRows is what Row.Scan gives when the query found nothing.
var ErrNoRows = errors.New("no rows")

// Row is one row to be read.
type Row interface{ Scan(dst ...any) error }

// Rows are read with Next and Scan; Err tells at the end whether all were seen.
type Rows interface {
	Row
	Next() bool
	Err() error
	Close()
}

// Conn runs statements with $1, $2, … as parameters. Its errors are *social.Error
// already, apart from ErrNoRows.
type Conn interface {
	// Exec gives how many rows were affected.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) Row
}

// DB is an engine as the portable part sees it. Outside of InTx, Query and
// QueryRow are for reading only: an engine may run them on a read-only connection.
type DB interface {
	Conn
	// ReadAll runs all reads, in one round trip if the engine can. They are of no
	// common moment.
	ReadAll(ctx context.Context, reads ...Read) error
	// InTx runs f in one writing transaction, committed if f gives nil. Inside f
	// only the given Conn may be used. A *social.Error of f's is passed on as it is.
	InTx(ctx context.Context, f func(Conn) error) error
	Dialect() Dialect
}

// Dialect is what the engines' SQL does differently. None of the fields is nil.
type Dialect struct {
	// Time encodes a time, to the microsecond; Date a date, the zero Date as null.
	Time func(time.Time) any
	Date func(social.Date) any
	// IDs encodes a set of ids for EachID, which gives the table expression c(id)
	// over the parameter ("$2").
	IDs    func([]social.UserID) any
	EachID func(param string) string
	// LockRow ends a SELECT whose row the transaction is about to update; "" where
	// the writer is alone anyway.
	LockRow string
	// SkipLocked ends a SELECT of rows to be deleted: it passes over those that
	// other transactions hold. "" where there are none.
	SkipLocked string
	// Unflushed is a condition that always holds. The commit of a statement that has it
	// on its own does not wait for the disk, where that is a matter of one transaction.
	Unflushed string
	// LockKey waits until no other transaction holds the lock of key, and holds it
	// until tx ends. Two keys may share a lock.
	LockKey func(ctx context.Context, tx Conn, key []byte) error
	// LockSlots waits until no other transaction holds any of these pair slots, and
	// holds them until tx ends. They must ascend.
	LockSlots func(ctx context.Context, tx Conn, slots []int32) error
	// LastSwipe is the expression of the latest place in the order of swipes.
	LastSwipe string
	// Jobs is the queue.
	Jobs Jobs
	// JobNow is the expression of this moment in the queue's tables.
	JobNow string
}

// Jobs is the queue as transactions of the engine see it.
type Jobs interface {
	// Insert enqueues the job of a task and gives its number.
	Insert(ctx context.Context, tx Conn, id persistence.TaskID, t *persistence.Task) (int64, error)
	// Cancel takes a job out or interrupts it; one that is gone is no error.
	Cancel(ctx context.Context, tx Conn, job int64) error
	// Rescue makes jobs due again that were not kept for so long, by the database's
	// clock, and gives how many.
	Rescue(ctx context.Context, silence time.Duration) (int, error)
}

// ScanTime reads what Dialect.Time wrote, in UTC; null is the zero time.
func ScanTime(dst *time.Time) any { return &timeScanner{dst} }

type timeScanner struct{ dst *time.Time }

// Scan takes a driver's time, microseconds since 1970, or null.
func (s *timeScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.dst = time.Time{}
	case time.Time:
		*s.dst = v.UTC()
	case int64:
		*s.dst = time.UnixMicro(v).UTC()
	default:
		return errors.New("not a time")
	}
	return nil
}

// ScanDate reads what Dialect.Date wrote; null is the zero Date.
func ScanDate(dst *social.Date) any { return &dateScanner{dst} }

type dateScanner struct{ dst *social.Date }

// Scan takes a driver's date, or text in the form YYYY-MM-DD.
func (s *dateScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.dst = social.Date{}
	case time.Time:
		*s.dst = social.DateOf(v)
	case string:
		d, err := social.ParseDate(v)
		if err != nil {
			return err
		}
		*s.dst = d
	default:
		return errors.New("not a date")
	}
	return nil
}

// Micros is t as both engines store it: in UTC, cut to the microsecond.
func Micros(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }

// collect reads all rows of a query with scan.
func collect[T any](ctx context.Context, c Conn, scan func(Row, *T) error, query string, args ...any) ([]T, error) {
	var out []T
	err := readInto(&out, scan, query, args...).each(ctx, c)
	return out, err
}

// scanOne reads rows of one column.
func scanOne[T any](r Row, dst *T) error { return r.Scan(dst) }
