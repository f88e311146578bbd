package plain

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// textbook stores each swipe in a transaction of its own, statement by
// statement. pgx prepares every statement once a connection.
type textbook struct {
	unsupported
	pool *pgxpool.Pool
}

// The statements of a swipe, in their order. The lock is one of its own: under
// READ COMMITTED what follows sees what its last holder committed.
const (
	lockSQL  = `SELECT pg_advisory_xact_lock($1)`
	usersSQL = `SELECT id FROM users WHERE id IN ($1, $2) AND deleted_at IS NULL`
	swipeSQL = `INSERT INTO swiped (uid, sid, mark, time) VALUES ($1, $2, $3, $4) ON CONFLICT (uid, sid) DO NOTHING`
	markSQL  = `SELECT mark FROM swiped WHERE uid = $1 AND sid = $2`
	// befriendSQL makes friends of two people who still exist.
	befriendSQL = `INSERT INTO friend (uid1, uid2, time) SELECT $1, $2, $3
		WHERE (SELECT count(*) FROM (SELECT id FROM users WHERE id IN ($1, $2) AND deleted_at IS NULL ORDER BY id FOR SHARE) AS here) = 2
		ON CONFLICT (uid1, uid2) DO NOTHING`
	eventsSQL = `INSERT INTO event (uid, kind, other, time) VALUES ($1, 'match', $2, $3), ($2, 'match', $1, $3)`
	friendSQL = `SELECT EXISTS (SELECT 1 FROM friend WHERE uid1 = $1 AND uid2 = $2)`
)

// Swipe implements api.Actors.
func (t *textbook) Swipe(ctx context.Context, s social.Swipe, _ persistence.IdempotencyKey) (social.SwipeResult, error) {
	var o outcome
	err := pgx.BeginTxFunc(ctx, t.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) (err error) {
		o, err = swipeIn(ctx, tx, s)
		return err
	})
	if err != nil {
		return social.SwipeResult{}, failure(ctx, err)
	}
	return o.answer(s)
}

func swipeIn(ctx context.Context, tx pgx.Tx, s social.Swipe) (o outcome, err error) {
	if _, err := tx.Exec(ctx, lockSQL, lockOf(s.UID, s.SID)); err != nil {
		return o, err
	}
	rows, err := tx.Query(ctx, usersSQL, s.UID, s.SID)
	if err != nil {
		return o, err
	}
	here, err := pgx.CollectRows(rows, pgx.RowTo[social.UserID])
	if err != nil {
		return o, err
	}
	for _, id := range here {
		o.swiper = o.swiper || id == s.UID
		o.stranger = o.stranger || id == s.SID
	}
	if o.swiper && o.stranger {
		tag, err := tx.Exec(ctx, swipeSQL, s.UID, s.SID, int16(s.Mark), s.Time)
		if err != nil {
			return o, err
		}
		if o.inserted = tag.RowsAffected() == 1; o.inserted {
			o.stored = s.Mark
			return o, o.match(ctx, tx, s)
		}
	}
	return o, o.readBack(ctx, tx, s)
}

// match makes friends if s, which was stored just now, meets a like.
func (o *outcome) match(ctx context.Context, tx pgx.Tx, s social.Swipe) error {
	if !s.Mark.Likes() {
		return nil
	}
	reverse, err := markOf(ctx, tx, s.SID, s.UID)
	if err != nil || !reverse.Likes() {
		return err
	}
	pair := social.PairOf(s.UID, s.SID)
	tag, err := tx.Exec(ctx, befriendSQL, pair.UID1, pair.UID2, s.Time)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	o.friends = true
	_, err = tx.Exec(ctx, eventsSQL, pair.UID1, pair.UID2, s.Time)
	return err
}

// readBack tells what stands where s was not stored.
func (o *outcome) readBack(ctx context.Context, tx pgx.Tx, s social.Swipe) (err error) {
	if o.stored, err = markOf(ctx, tx, s.UID, s.SID); err != nil || !o.stored.Likes() {
		return err
	}
	pair := social.PairOf(s.UID, s.SID)
	return tx.QueryRow(ctx, friendSQL, pair.UID1, pair.UID2).Scan(&o.friends)
}

// markOf gives the mark that stands for a direction, 0 for none.
func markOf(ctx context.Context, tx pgx.Tx, uid, sid social.UserID) (m social.Mark, err error) {
	err = tx.QueryRow(ctx, markSQL, uid, sid).Scan(&m)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return m, err
}
