package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// inTimeSQL, the last statement of a transaction, lets it fail by dividing by zero
// when the server's clock is past a time. It tells that clock besides. A process
// that was frozen may go on sending whatever it was about to send, or the rest of
// it; only the server can tell then that it is late.
const (
	inTimeSQL = `SELECT clock_timestamp(), 1 / (clock_timestamp() <= $1)::int`
	clockSQL  = `SELECT clock_timestamp()`
)

// divisionByZero is the SQLSTATE of inTimeSQL, and of no other statement of ours.
const divisionByZero = "22012"

// clockLife is for how long a reading of the server's clock counts at least, and
// half as long as it does at most.
const clockLife = 10 * time.Second

// serverClock estimates the server's clock from what it told. An answer is never
// read before it was given, so each reading puts the clock too early: the latest of
// some is the best.
type serverClock struct {
	mu       sync.Mutex
	now, old reading
	since    time.Time
}

// reading is what the server's clock said, and when that was heard.
type reading struct{ server, heard time.Time }

func (r reading) at(t time.Time) time.Time { return r.server.Add(t.Sub(r.heard)) }

// saw takes a reading that has just been heard.
func (c *serverClock) saw(server time.Time) {
	r := reading{server, time.Now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.heard.Sub(c.since) > clockLife:
		c.old, c.now, c.since = c.now, r, r.heard
	case r.server.After(c.now.at(r.heard)):
		c.now = r
	}
}

// set forgets all readings but this one: the server's clock was changed, or it is
// another server.
func (c *serverClock) set(server time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.old, c.now, c.since = reading{}, reading{server, now}, now
}

// at gives what the server's clock will say at t; zero: nobody knows.
func (c *serverClock) at(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.heard.IsZero() {
		return time.Time{}
	}
	if c.old.heard.IsZero() || c.now.at(t).After(c.old.at(t)) {
		return c.now.at(t)
	}
	return c.old.at(t)
}

// queueInTime queues that the transaction fails after the deadline of ctx, if it has one.
func (s *Store) queueInTime(ctx context.Context, b *pgx.Batch) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return
	}
	last := s.clock.at(time.Now().Add(time.Until(deadline))) // which may be one of the wall clock: readings are not
	if last.IsZero() {
		return
	}
	b.Queue(inTimeSQL, last).QueryRow(func(row pgx.Row) error {
		var server time.Time
		if err := row.Scan(&server, nil); err != nil {
			return err
		}
		s.clock.saw(server)
		return nil
	})
}

// lookAtClock reads the server's clock anew.
func (s *Store) lookAtClock(ctx context.Context) error {
	var server time.Time
	if err := s.pool.QueryRow(ctx, clockSQL).Scan(&server); err != nil {
		return err
	}
	s.clock.set(server)
	return nil
}
