package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// maxChunk bounds the records of one transaction, and with it how long other
// writers wait.
const maxChunk = 512

// RecordSwipes implements persistence.Swipes. Records are stored one by one
// inside a transaction that nobody else can interleave with, so repeats within
// the batch simply find the first one stored.
func (s *Store) RecordSwipes(ctx context.Context, batch []persistence.Record) ([]persistence.Recorded, error) {
	prepared, err := s.prepare(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]persistence.Recorded, 0, len(batch))
	for chunk := range slices.Chunk(batch, maxChunk) {
		err := s.db.inTx(ctx, func(tx *sql.Tx) error {
			answers, err := recordChunk(ctx, prepared.in(ctx, tx), chunk)
			out = append(out, answers...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	sqlstore.SeeFriends(batch, out)
	return out, nil
}

// recorder stores the records of one transaction.
type recorder struct {
	*statements
	seq int64 // the last one handed out
}

// recordChunk stores and answers the records in order. A context that can end
// costs a goroutine per statement, so the statements get none and it is asked
// between records; the transaction has it anyway.
func recordChunk(ctx context.Context, st *statements, chunk []persistence.Record) ([]persistence.Recorded, error) {
	statementCtx := context.WithoutCancel(ctx)
	r := recorder{statements: st}
	if err := r.counter.QueryRowContext(statementCtx).Scan(&r.seq); err != nil {
		return nil, err
	}
	first := r.seq
	out := make([]persistence.Recorded, len(chunk))
	for i := range chunk {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		answer, err := r.answer(statementCtx, &chunk[i])
		if err != nil {
			return nil, err
		}
		out[i] = answer
	}
	if r.seq != first {
		if _, err := r.counted.ExecContext(statementCtx, r.seq); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// answer answers a record, from what is kept under its key if anything is, and
// keeps what it grants.
func (r *recorder) answer(ctx context.Context, rec *persistence.Record) (persistence.Recorded, error) {
	if rec.Key.None() {
		facts, err := r.record(ctx, rec)
		return sqlstore.Answer(rec, facts), err
	}
	if !rec.Key.Valid() {
		return sqlstore.Answer(rec, sqlstore.Facts{Refused: true}), nil
	}
	kept, err := keptOf(r.kept.QueryRowContext(ctx, keptArgs(rec.UID, rec.Key, rec.Time)...))
	if err != nil || kept != nil {
		return sqlstore.Answer(rec, sqlstore.Facts{Kept: kept}), err
	}
	facts, err := r.record(ctx, rec)
	answer := sqlstore.Answer(rec, facts)
	if err != nil || answer.Err != nil {
		return answer, err
	}
	response, err := sqlstore.KeepSwipe(answer.SwipeResult)
	if err != nil {
		return answer, err
	}
	_, err = r.keep.ExecContext(ctx, keepArgs(rec.UID, rec.Key, response, rec.Time)...)
	return answer, err
}

// record stores one swipe if nothing speaks against it.
func (r *recorder) record(ctx context.Context, rec *persistence.Record) (sqlstore.Facts, error) {
	var stored, reverse social.Mark
	var swiper, stranger, friends bool
	err := r.facts.QueryRowContext(ctx, rec.UID, rec.SID).Scan(&stored, &swiper, &stranger, &reverse, &friends)
	switch {
	case err != nil:
		return sqlstore.Facts{}, err
	case stored != 0:
		return sqlstore.Facts{Stored: stored, Friends: friends && stored.Likes()}, nil
	case !swiper || !stranger:
		return sqlstore.Facts{SwiperUnknown: !swiper, StrangerUnknown: !stranger}, nil
	}
	if charged, err := r.pay(ctx, rec); err != nil || !charged {
		return sqlstore.Facts{QuotaUsed: !charged}, err
	}
	_, err = r.insert.ExecContext(ctx, rec.UID, rec.SID, r.seq+1, int64(rec.Mark), rec.Time.UnixMicro())
	if refusesValues(err) {
		return sqlstore.Facts{Refused: true}, r.payBack(ctx, rec)
	}
	if err != nil {
		return sqlstore.Facts{}, err
	}
	r.seq++
	facts := sqlstore.Facts{Stored: rec.Mark, Inserted: true}
	if rec.Mark.Likes() && reverse.Likes() {
		facts.Friends, err = true, r.match(ctx, rec)
	}
	return facts, err
}

// pay charges the record's meter; false if its limit is reached.
func (r *recorder) pay(ctx context.Context, rec *persistence.Record) (bool, error) {
	if rec.Meter == nil {
		return true, nil
	}
	m := rec.Meter
	result, err := r.charge.ExecContext(ctx, rec.UID, date(m.Day), string(m.Action), limitOf(m.Limit))
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// payBack undoes pay.
func (r *recorder) payBack(ctx context.Context, rec *persistence.Record) error {
	if rec.Meter == nil {
		return nil
	}
	_, err := r.refund.ExecContext(ctx, rec.UID, date(rec.Meter.Day), string(rec.Meter.Action))
	return err
}

// match makes friends of the two and tells both.
func (r *recorder) match(ctx context.Context, rec *persistence.Record) error {
	p := social.PairOf(rec.UID, rec.SID)
	at := rec.Time.UnixMicro()
	if _, err := r.friend.ExecContext(ctx, p.UID1, p.UID2, at); err != nil {
		return err
	}
	if _, err := r.event.ExecContext(ctx, p.UID1, string(social.EventMatch), p.UID2, at); err != nil {
		return err
	}
	_, err := r.event.ExecContext(ctx, p.UID2, string(social.EventMatch), p.UID1, at)
	return err
}
