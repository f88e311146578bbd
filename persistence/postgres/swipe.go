package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// RecordSwipes implements persistence.Swipes.
func (s *Store) RecordSwipes(ctx context.Context, batch []persistence.Record) ([]persistence.Recorded, error) {
	p := newPlan(batch)
	for round := p.next(); len(round) > 0; round = p.next() {
		recs := make([]*persistence.Record, len(round))
		for k, i := range round {
			recs[k] = &batch[i]
		}
		facts := make([]sqlstore.Facts, len(recs))
		if err := s.storeRound(ctx, recs, facts); err != nil {
			return nil, err
		}
		p.settle(round, facts)
	}
	sqlstore.SeeFriends(batch, p.out)
	return p.out, nil
}

// storeRound commits a round: the plain records by the fast statement, the
// others, in the same transaction, by the one that looks everything up. What
// the fast one did not store (it was there before, or someone has departed) is
// read, and what is not there either looked up in a second transaction.
func (s *Store) storeRound(ctx context.Context, recs []*persistence.Record, facts []sqlstore.Facts) error {
	r, err := s.split(ctx, recs)
	if err != nil {
		return translate(ctx, err)
	}
	if err := s.commitRound(ctx, r, facts); err != nil {
		return err
	}
	if sabotage.Built {
		defer func() { s.undo(ctx, recs, facts) }()
	}
	var left []*persistence.Record
	var at []int
	for _, i := range r.plain {
		if !facts[i].Inserted && !facts[i].Refused {
			left, at = append(left, recs[i]), append(at, i)
		}
	}
	if len(left) == 0 {
		return nil
	}
	if len(left) == len(r.plain) { // as if someone has departed
		if err := s.people.refresh(ctx, s.pool); err != nil {
			return translate(ctx, err)
		}
	}
	return s.storeLeft(ctx, left, at, facts)
}

// storeLeft answers the records that were there before from what stands, as
// nearly all of them only repeat, and stores the others by the statement that
// looks everything up.
func (s *Store) storeLeft(ctx context.Context, left []*persistence.Record, at []int, facts []sqlstore.Facts) error {
	stand := make([]sqlstore.Facts, len(left))
	if err := s.standing(ctx, left, stand); err != nil {
		return err
	}
	var gone []*persistence.Record
	var goneAt []int
	for k, i := range at {
		if stand[k].Stored == 0 {
			gone, goneAt = append(gone, left[k]), append(goneAt, i)
		} else {
			facts[i] = stand[k]
		}
	}
	if len(gone) == 0 {
		return nil
	}
	again := make([]sqlstore.Facts, len(gone))
	if err := s.commitRound(ctx, &round{recs: gone, rest: indices(len(gone))}, again); err != nil {
		return err
	}
	for k, i := range goneAt {
		facts[i] = again[k]
	}
	return nil
}

// standing reads what stands for the records, all of one moment.
func (s *Store) standing(ctx context.Context, recs []*persistence.Record, facts []sqlstore.Facts) error {
	c := columnsOf(recs, indices(len(recs)))
	rows, err := s.pool.Query(ctx, readSQL, c.uids, c.sids)
	if err != nil {
		return translate(ctx, err)
	}
	defer rows.Close()
	return translate(ctx, each(rows, func(n int) error {
		f := &facts[n-1]
		return rows.Scan(nil, &f.Stored, &f.Inserted, &f.Friends)
	}))
}

// commitRound makes the transaction of a round. If the server refuses its
// values, each half is committed by itself, until the record at fault stands alone.
func (s *Store) commitRound(ctx context.Context, r *round, facts []sqlstore.Facts) error {
	err := s.send(ctx, func(b *pgx.Batch) {
		clear(facts)
		s.queueRound(b, r, facts)
	})
	switch {
	case err == nil:
		return nil
	case !refusesValues(err):
		return translate(ctx, err)
	case len(r.recs) == 1:
		facts[0] = sqlstore.Facts{Refused: true}
		return nil
	}
	half := len(r.recs) / 2
	for _, part := range [][2]int{{0, half}, {half, len(r.recs)}} {
		some := &round{recs: r.recs[part[0]:part[1]], rest: indices(part[1] - part[0])}
		if err := s.commitRound(ctx, some, facts[part[0]:part[1]]); err != nil {
			return err
		}
	}
	return nil
}

// queueRound queues the whole transaction of a round; facts are filled in as
// its results arrive.
func (s *Store) queueRound(b *pgx.Batch, r *round, facts []sqlstore.Facts) {
	if !sabotage.On(sabotage.NoSlotLock) {
		s.lockSlots(b, slotsOf(r.recs))
	}
	var rest *columns
	if len(r.rest) > 0 {
		rest = columnsOf(r.recs, r.rest)
		if rest.keys != nil {
			claimKeys(b, rest.claims)
		}
		rest.queueStore(b).Query(func(rows pgx.Rows) error {
			return each(rows, func(n int) error {
				f := &facts[r.rest[n-1]]
				var swiper, stranger, charged bool
				if err := rows.Scan(nil, &swiper, &stranger, &charged); err != nil {
					return err
				}
				f.SwiperUnknown, f.StrangerUnknown, f.QuotaUsed = !swiper, !stranger, !charged
				return nil
			})
		})
	}
	if len(r.plain) > 0 {
		r.queuePlain(b, facts)
	}
	r.queueMatch(b, facts)
	switch {
	case rest == nil:
	case rest.keys != nil:
		settleKeys(b, rest, r.rest, facts)
	default:
		b.Queue(readSQL, rest.uids, rest.sids).Query(func(rows pgx.Rows) error {
			return each(rows, func(n int) error {
				f := &facts[r.rest[n-1]]
				return rows.Scan(nil, &f.Stored, &f.Inserted, &f.Friends)
			})
		})
	}
}

// queueStore queues the statement that stores the round: the plainest that does.
func (c *columns) queueStore(b *pgx.Batch) *pgx.QueuedQuery {
	switch {
	case c.metered && c.keys != nil:
		return b.Queue(meteredSQL(keyedMetered), c.uids, c.sids, c.marks, c.times, c.actions, c.days, c.metersOf, c.limits, c.keys)
	case c.metered:
		return b.Queue(meteredSQL(unkeyedMetered), c.uids, c.sids, c.marks, c.times, c.actions, c.days, c.metersOf, c.limits)
	case c.keys != nil:
		return b.Queue(keyedFreeSQL, c.uids, c.sids, c.marks, c.times, c.keys)
	}
	return b.Queue(freeSQL, c.uids, c.sids, c.marks, c.times)
}

// each calls f with the first column, a record's number from 1 on, of each row.
func each(rows pgx.Rows, f func(n int) error) error {
	for rows.Next() {
		var n int
		if err := rows.Scan(&n, nil, nil, nil); err != nil {
			return err
		}
		if err := f(n); err != nil {
			return err
		}
	}
	return rows.Err()
}

// columns are records as the statements that look everything up take them.
type columns struct {
	uids, sids []int64
	marks      []int16
	times      []time.Time

	metered  bool
	actions  []string // "" free
	days     []time.Time
	metersOf []string // the distinct actions, and their limits
	limits   []int32

	keys   []string // "" none; nil: no record has one
	claims claims
}

// columnsOf takes those of recs that which names.
func columnsOf(recs []*persistence.Record, which []int) *columns {
	c := &columns{
		uids: make([]int64, len(which)), sids: make([]int64, len(which)),
		marks: make([]int16, len(which)), times: make([]time.Time, len(which)),
	}
	for k, i := range which {
		r := recs[i]
		c.uids[k], c.sids[k], c.marks[k], c.times[k] = int64(r.UID), int64(r.SID), int16(r.Mark), r.Time
		c.metered = c.metered || r.Meter != nil
		if !r.Key.None() {
			if c.keys == nil {
				c.keys = make([]string, len(which))
			}
			c.keys[k] = r.Key.Key
			c.claims.add(r.UID, r.Key, r.Time)
		}
	}
	if c.metered {
		c.addMeters(recs, which)
	}
	return c
}

func (c *columns) addMeters(recs []*persistence.Record, which []int) {
	c.actions, c.days = make([]string, len(which)), make([]time.Time, len(which))
	seen := map[social.Action]struct{}{}
	for k, i := range which {
		r := recs[i]
		if r.Meter == nil {
			c.days[k] = r.Time // not looked at
			continue
		}
		c.actions[k], c.days[k] = string(r.Meter.Action), r.Meter.Day.Time()
		if _, ok := seen[r.Meter.Action]; !ok {
			seen[r.Meter.Action] = struct{}{}
			c.metersOf = append(c.metersOf, string(r.Meter.Action))
			c.limits = append(c.limits, limitOf(r.Meter.Limit))
		}
	}
}
