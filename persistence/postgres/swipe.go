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
		facts, err := s.storeRound(ctx, recs)
		if err != nil {
			return nil, err
		}
		p.settle(round, facts)
	}
	sqlstore.SeeFriends(batch, p.out)
	return p.out, nil
}

// storeRound commits a round. If the server refuses its values, each half is
// committed by itself, until the record at fault stands alone.
func (s *Store) storeRound(ctx context.Context, recs []*persistence.Record) ([]sqlstore.Facts, error) {
	facts := make([]sqlstore.Facts, len(recs))
	err := s.send(ctx, func(b *pgx.Batch) {
		clear(facts)
		s.queueRound(b, recs, facts)
	})
	switch {
	case err == nil:
		return facts, nil
	case !refusesValues(err):
		return nil, translate(ctx, err)
	case len(recs) == 1:
		return []sqlstore.Facts{{Refused: true}}, nil
	}
	half := len(recs) / 2
	first, err := s.storeRound(ctx, recs[:half])
	if err != nil {
		return nil, err
	}
	second, err := s.storeRound(ctx, recs[half:])
	if err != nil {
		return nil, err
	}
	return append(first, second...), nil
}

// queueRound queues the whole transaction of a round; facts are filled in as
// its results arrive.
func (s *Store) queueRound(b *pgx.Batch, recs []*persistence.Record, facts []sqlstore.Facts) {
	c := columnsOf(recs)
	if !sabotage.On(sabotage.NoSlotLock) {
		s.lockSlots(b, slotsOf(recs))
	}
	if c.keys != nil {
		claimKeys(b, c.claims)
	}
	c.queueStore(b).Query(func(rows pgx.Rows) error {
		return each(rows, func(n int) error {
			f := &facts[n-1]
			var swiper, stranger, charged bool
			if err := rows.Scan(nil, &swiper, &stranger, &charged); err != nil {
				return err
			}
			f.SwiperUnknown, f.StrangerUnknown, f.QuotaUsed = !swiper, !stranger, !charged
			return nil
		})
	})
	if len(c.likes.uids) > 0 {
		b.Queue(matchSQL(), c.likes.uids, c.likes.sids, c.likes.times)
	}
	if c.keys != nil {
		settleKeys(b, c, facts)
		return
	}
	b.Queue(readSQL, c.uids, c.sids).Query(func(rows pgx.Rows) error {
		return each(rows, func(n int) error {
			f := &facts[n-1]
			return rows.Scan(nil, &f.Stored, &f.Inserted, &f.Friends)
		})
	})
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

// columns are a round's records as the statements take them.
type columns struct {
	uids, sids []int64
	marks      []int16
	times      []time.Time

	metered  bool
	actions  []string // "" free
	days     []time.Time
	metersOf []string // the distinct actions, and their limits
	limits   []int32

	likes struct {
		uids, sids []int64
		times      []time.Time
	}

	keys   []string // "" none; nil: no record has one
	claims claims
}

func columnsOf(recs []*persistence.Record) *columns {
	c := &columns{
		uids: make([]int64, len(recs)), sids: make([]int64, len(recs)),
		marks: make([]int16, len(recs)), times: make([]time.Time, len(recs)),
	}
	for i, r := range recs {
		c.uids[i], c.sids[i], c.marks[i], c.times[i] = int64(r.UID), int64(r.SID), int16(r.Mark), r.Time
		if r.Mark.Likes() {
			c.likes.uids = append(c.likes.uids, int64(r.UID))
			c.likes.sids = append(c.likes.sids, int64(r.SID))
			c.likes.times = append(c.likes.times, r.Time)
		}
		c.metered = c.metered || r.Meter != nil
		if !r.Key.None() {
			if c.keys == nil {
				c.keys = make([]string, len(recs))
			}
			c.keys[i] = r.Key.Key
			c.claims.add(r.UID, r.Key, r.Time)
		}
	}
	if c.metered {
		c.addMeters(recs)
	}
	return c
}

func (c *columns) addMeters(recs []*persistence.Record) {
	c.actions, c.days = make([]string, len(recs)), make([]time.Time, len(recs))
	seen := map[social.Action]struct{}{}
	for i, r := range recs {
		if r.Meter == nil {
			c.days[i] = r.Time // not looked at
			continue
		}
		c.actions[i], c.days[i] = string(r.Meter.Action), r.Meter.Day.Time()
		if _, ok := seen[r.Meter.Action]; !ok {
			seen[r.Meter.Action] = struct{}{}
			c.metersOf = append(c.metersOf, string(r.Meter.Action))
			c.limits = append(c.limits, limitOf(r.Meter.Limit))
		}
	}
}
