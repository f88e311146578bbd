package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// latestSQL finds the swipe that a rewind would undo. The inner query reads the
// primary key only; it sorts a user's swipes, which costs less than a third
// index would cost every swipe.
const latestSQL = `SELECT s.seq, s.sid, s.mark, s.time
	FROM (SELECT l.sid FROM swiped l WHERE l.uid = $1 AND l.mark <> -2 ORDER BY l.seq DESC LIMIT 1) AS l
	CROSS JOIN LATERAL (SELECT * FROM swiped s WHERE s.uid = $1 AND s.sid = l.sid LIMIT 1) AS s`

// rewindSQL undoes swipe $3 of $1 on $2 behind the slot lock, if it is still
// the latest and the quota allows: all or nothing. It gives whether it was the
// latest, rewinds used (null: refused), whether a friendship ended.
func rewindSQL() string {
	return `WITH latest AS MATERIALIZED (
	SELECT l.seq FROM swiped l WHERE l.uid = $1 AND l.mark <> -2 ORDER BY l.seq DESC LIMIT 1
), charged AS (` + charge(`SELECT $1::bigint AS uid, $4::date AS day, $5::text AS action FROM latest l WHERE l.seq = $3`,
		`$6::int`) + `
), undone AS (
	DELETE FROM swiped s USING charged WHERE s.uid = $1 AND s.sid = $2 AND s.seq = $3
	RETURNING s.seq, s.uid, s.sid, s.mark, s.time
), ended AS (
	DELETE FROM friend f USING undone u
	WHERE f.uid1 = least($1::bigint, $2::bigint) AND f.uid2 = greatest($1::bigint, $2::bigint)
	RETURNING f.uid1
), kept AS (
	INSERT INTO rewound (seq, uid, sid, mark, swiped_at, rewound_at)
	SELECT u.seq, u.uid, u.sid, u.mark, u.time, $7::timestamptz FROM undone u
), told AS (
	INSERT INTO event (uid, kind, other, time) SELECT $2, 'unmatched', $1, $7::timestamptz FROM ended
)
SELECT coalesce((SELECT l.seq FROM latest l) = $3, false), (SELECT c.used FROM charged c), EXISTS (SELECT 1 FROM ended)`
}

// Rewind implements persistence.Swipes. It looks for the latest swipe first, as
// only that tells which slot to lock, and again if another swipe has become the
// latest by the time it holds the lock.
func (s *Store) Rewind(ctx context.Context, req persistence.RewindRequest) (social.RewindResult, error) {
	for {
		result, done, err := s.rewindLatest(ctx, &req)
		if done || err != nil {
			return result, err
		}
	}
}

func (s *Store) rewindLatest(
	ctx context.Context, req *persistence.RewindRequest,
) (result social.RewindResult, done bool, err error) {
	swiped := social.Swipe{UID: req.UID}
	var seq int64
	err = s.pool.QueryRow(ctx, latestSQL, req.UID).
		Scan(&seq, &swiped.SID, &swiped.Mark, sqlstore.ScanTime(&swiped.Time))
	if errors.Is(err, pgx.ErrNoRows) {
		return result, true, sqlstore.NothingToRewind()
	}
	if err != nil {
		return result, true, translate(ctx, err)
	}
	if err := sqlstore.RewindDue(req, swiped); err != nil {
		return result, true, err
	}
	var latest bool
	var used *int
	result = social.RewindResult{SID: swiped.SID, Mark: swiped.Mark}
	err = s.send(ctx, func(b *pgx.Batch) {
		if !sabotage.On(sabotage.RewindWithoutLock) {
			s.lockPair(b, social.PairOf(req.UID, swiped.SID))
		}
		b.Queue(rewindSQL(), req.UID, swiped.SID, seq, req.Meter.Day.Time(), string(req.Meter.Action),
			limitOf(req.Meter.Limit), req.Time).
			QueryRow(func(row pgx.Row) error { return row.Scan(&latest, &used, &result.Unmatched) })
	})
	switch {
	case err != nil:
		return social.RewindResult{}, true, translate(ctx, err)
	case !latest:
		return social.RewindResult{}, false, nil
	case used == nil:
		return social.RewindResult{}, true, social.QuotaExceeded(req.Meter.Action, req.Time, req.ResetsAt)
	}
	result.Used = *used
	return result, true, nil
}
