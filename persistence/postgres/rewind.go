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

// latestSQL finds the swipe that a rewind would undo, none of who was deleted. The inner query reads the
// primary key only; it sorts a user's swipes, which costs less than a third
// index would cost every swipe.
const latestSQL = `SELECT s.seq, s.sid, s.mark, s.time
	FROM (SELECT l.sid FROM swiped l WHERE l.uid = $1 AND l.mark <> -2
		AND EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL) ORDER BY l.seq DESC LIMIT 1) AS l
	CROSS JOIN LATERAL (SELECT * FROM swiped s WHERE s.uid = $1 AND s.sid = l.sid LIMIT 1) AS s`

// keptLatestSQL is latestSQL for a request with key $2, with what an earlier
// request left under the key since $3, all of one moment: who sees no swipe left
// because the same request has just taken it back sees that one's answer too.
const keptLatestSQL = `SELECT l.seq, l.sid, l.mark, l.time, k.digest, k.response FROM (SELECT) AS one
	LEFT JOIN LATERAL (` + latestSQL + `) AS l ON true
	LEFT JOIN LATERAL (SELECT k.digest, k.response FROM idempotency k
		WHERE k.uid = $1 AND k.key = $2 AND k.time > $3 LIMIT 1) AS k ON true`

// rewindSQL undoes swipe $3 of $1 on $2 behind the slot lock, if it is still
// the latest and the quota allows: all or nothing. It gives whether it was the
// latest, rewinds used (null: refused), whether a friendship ended, and nulls in
// the place of what keyedRewindSQL gives.
func rewindSQL() string {
	return `WITH ` + undoing(``) + `
SELECT ` + undone + `, null::bytea, null::text`
}

// keyedRewindSQL is rewindSQL if this transaction has claimed key $8: then it
// keeps the answer, in which $9 is the limit, as sqlstore.KeepRewind would, or
// gives the claim back. Else it undoes nothing and gives what is kept.
func keyedRewindSQL() string {
	return `WITH claim AS MATERIALIZED (
	SELECT k.ctid AS at, ` + claimedNow + ` AS mine, k.digest, k.response FROM idempotency k
	WHERE k.uid = $1 AND k.key = $8 LIMIT 1
), ` + undoing(` AND EXISTS (SELECT 1 FROM claim c WHERE c.mine)`) + `, granted AS (
	UPDATE idempotency k SET response = json_build_object('sid', u.sid, 'mark', u.mark,
		'unmatched', EXISTS (SELECT 1 FROM ended), 'used', (SELECT c.used FROM charged c), 'limit', $9::bigint)::text
	FROM undone u, claim c WHERE c.mine AND k.ctid = c.at
), refused AS (
	DELETE FROM idempotency k USING claim c
	WHERE c.mine AND k.ctid = c.at AND NOT EXISTS (SELECT 1 FROM undone)
)
SELECT ` + undone + `, (SELECT c.digest FROM claim c WHERE NOT c.mine), (SELECT c.response FROM claim c WHERE NOT c.mine)`
}

// undone are the first columns of both.
const undone = `coalesce((SELECT l.seq FROM latest l) = $3, false), (SELECT c.used FROM charged c), EXISTS (SELECT 1 FROM ended)`

// undoing are the steps that both take, if what stands in and holds too.
func undoing(and string) string {
	return `latest AS MATERIALIZED (
	SELECT l.seq FROM swiped l WHERE l.uid = $1 AND l.mark <> -2
		AND EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL)
	ORDER BY l.seq DESC LIMIT 1
), charged AS (` + charge(`SELECT $1::bigint AS uid, $4::date AS day, $5::text AS action FROM latest l WHERE l.seq = $3`+and,
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
)`
}

// Rewind implements persistence.Swipes. It looks for the latest swipe first, as
// only that tells which slot to lock, and again if another swipe has become the
// latest by the time it holds the lock.
func (s *Store) Rewind(ctx context.Context, req persistence.RewindRequest) (social.RewindResult, error) {
	if !req.Key.Valid() {
		return social.RewindResult{}, sqlstore.KeyRefused()
	}
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
	swiped, seq, kept, err := s.latest(ctx, req)
	switch {
	case err != nil:
		return result, true, err
	case kept != nil:
		result, err = kept.Rewind(req.Key)
		return result, true, err
	case seq == 0:
		return result, true, sqlstore.NothingToRewind()
	}
	if err := sqlstore.RewindDue(req, swiped); err != nil {
		return result, true, err
	}
	var latest bool
	var used *int
	var digest []byte
	var response *string
	result = social.RewindResult{SID: swiped.SID, Mark: swiped.Mark, Limit: req.Meter.Limit}
	err = s.send(ctx, func(b *pgx.Batch) {
		if !sabotage.On(sabotage.RewindWithoutLock) {
			s.lockPair(b, social.PairOf(req.UID, swiped.SID))
		}
		queueRewind(b, req, swiped.SID, seq).QueryRow(func(row pgx.Row) error {
			return row.Scan(&latest, &used, &result.Unmatched, &digest, &response)
		})
	})
	if err != nil {
		return social.RewindResult{}, true, translate(ctx, err)
	}
	if kept := keptOf(digest, response); kept != nil {
		result, err = kept.Rewind(req.Key)
		return result, true, err
	}
	switch {
	case !latest:
		return social.RewindResult{}, false, nil
	case used == nil:
		return social.RewindResult{}, true, social.QuotaExceeded(req.Meter.Action, req.Time, req.ResetsAt)
	}
	result.Used = *used
	return result, true, nil
}

// latest finds the swipe that req would undo (seq 0: none) and, if req has a
// key, what is kept under it.
func (s *Store) latest(
	ctx context.Context, req *persistence.RewindRequest,
) (swiped social.Swipe, seq int64, kept *sqlstore.Kept, err error) {
	swiped.UID = req.UID
	if req.Key.None() {
		err = s.pool.QueryRow(ctx, latestSQL, req.UID).
			Scan(&seq, &swiped.SID, &swiped.Mark, sqlstore.ScanTime(&swiped.Time))
		if errors.Is(err, pgx.ErrNoRows) {
			err = nil
		}
		return swiped, seq, nil, translate(ctx, err)
	}
	var found, sid, mark *int64
	var digest []byte
	var response *string
	err = s.pool.QueryRow(ctx, keptLatestSQL, req.UID, req.Key.Key, sqlstore.KeyCutoff(req.Time)).
		Scan(&found, &sid, &mark, sqlstore.ScanTime(&swiped.Time), &digest, &response)
	if err != nil || found == nil {
		return swiped, 0, keptOf(digest, response), translate(ctx, err)
	}
	swiped.SID, swiped.Mark = social.UserID(*sid), social.Mark(*mark) //nolint:gosec // a smallint with a check
	return swiped, *found, keptOf(digest, response), nil
}

// queueRewind queues what undoes the swipe seq on sid.
func queueRewind(b *pgx.Batch, req *persistence.RewindRequest, sid social.UserID, seq int64) *pgx.QueuedQuery {
	args := []any{
		req.UID, sid, seq, req.Meter.Day.Time(), string(req.Meter.Action), limitOf(req.Meter.Limit), req.Time,
	}
	if req.Key.None() {
		return b.Queue(sabotaged(rewindSQL()), args...)
	}
	var c claims
	c.add(req.UID, req.Key, req.Time)
	claimKeys(b, c)
	return b.Queue(sabotaged(keyedRewindSQL()), append(args, req.Key.Key, int64(req.Meter.Limit))...)
}
