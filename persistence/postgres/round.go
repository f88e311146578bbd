package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// round is what one transaction stores: indices into recs of the plain records,
// by swiper and then in order of arrival, and of the rest.
type round struct {
	recs        []*persistence.Record
	plain, rest []int
	version     int64 // of people, for the plain ones
}

// split finds the plain records, learning who exists on the way.
func (s *Store) split(ctx context.Context, recs []*persistence.Record) (*round, error) {
	now := time.Now()
	plain, version, strange := s.people.sort(recs, now)
	if len(strange) > 0 {
		if err := s.people.learn(ctx, s.pool, strange, now); err != nil {
			return nil, err
		}
		plain, version, _ = s.people.sort(recs, now)
	}
	r := &round{recs: recs, version: version, plain: make([]int, 0, len(recs))}
	// All of one user's go the same way: the order they come in is the order they
	// are stored in, which a rewind goes by.
	slow := map[social.UserID]struct{}{}
	for i, is := range plain {
		if !is {
			slow[recs[i].UID] = struct{}{}
		}
	}
	for i := range recs {
		if _, is := slow[recs[i].UID]; !is {
			r.plain = append(r.plain, i)
		} else {
			r.rest = append(r.rest, i)
		}
	}
	// Neighbours in the primary key one after another cost a fifth less.
	slices.SortStableFunc(r.plain, func(a, b int) int { return int(recs[a].UID - recs[b].UID) })
	return r, nil
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// queuePlain queues the fast statement; it tells of each record whether it was stored.
func (r *round) queuePlain(b *pgx.Batch, facts []sqlstore.Facts) {
	n := len(r.plain)
	uids, sids, marks, times := make([]int64, n), make([]int64, n), make([]int16, n), make([]time.Time, n)
	for k, i := range r.plain {
		rec := r.recs[i]
		uids[k], sids[k], marks[k], times[k] = int64(rec.UID), int64(rec.SID), int16(rec.Mark), rec.Time
	}
	b.Queue(plainSQL, uids, sids, marks, times, r.version).Query(func(rows pgx.Rows) error {
		k := 0
		return eachPair(rows, func(uid, sid int64) error {
			for k < n && (uids[k] != uid || sids[k] != sid) {
				k++
			}
			if k == n {
				return fmt.Errorf("swipe of %d on %d stored out of order", uid, sid)
			}
			i := r.plain[k]
			facts[i].Stored, facts[i].Inserted = r.recs[i].Mark, true
			k++
			return nil
		})
	})
}

// queueMatch queues the statement that makes friends of the round's likes; the
// plain ones learn of it.
func (r *round) queueMatch(b *pgx.Batch, facts []sqlstore.Facts) {
	var uids, sids []int64
	var times []time.Time
	for _, rec := range r.recs {
		if rec.Mark.Likes() {
			uids, sids, times = append(uids, int64(rec.UID)), append(sids, int64(rec.SID)), append(times, rec.Time)
		}
	}
	if len(uids) == 0 {
		return
	}
	b.Queue(sabotaged(matchSQL), uids, sids, times).Query(func(rows pgx.Rows) error {
		made := map[social.Pair]struct{}{}
		err := eachPair(rows, func(uid, other int64) error {
			made[social.PairOf(social.UserID(uid), social.UserID(other))] = struct{}{}
			return nil
		})
		if err != nil || len(made) == 0 {
			return err
		}
		for _, i := range r.plain {
			if facts[i].Inserted && facts[i].Stored.Likes() {
				_, facts[i].Friends = made[social.PairOf(r.recs[i].UID, r.recs[i].SID)]
			}
		}
		return nil
	})
}

// eachPair calls f with the two bigints of each row.
func eachPair(rows pgx.Rows, f func(a, b int64) error) error {
	for rows.Next() {
		raw := rows.RawValues()
		if len(raw) != 2 || len(raw[0]) != 8 || len(raw[1]) != 8 {
			return fmt.Errorf("%d columns in place of two bigints", len(raw))
		}
		a, b := binary.BigEndian.Uint64(raw[0]), binary.BigEndian.Uint64(raw[1])
		if err := f(int64(a), int64(b)); err != nil { //nolint:gosec // as sent
			return err
		}
	}
	return rows.Err()
}
