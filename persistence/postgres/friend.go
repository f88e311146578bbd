package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// unfriendSQL ends a friendship behind the slot lock; it gives whether there was one.
const unfriendSQL = `WITH ended AS (
	DELETE FROM friend f WHERE f.uid1 = least($1::bigint, $2::bigint) AND f.uid2 = greatest($1::bigint, $2::bigint)
		AND EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL)
	RETURNING f.uid1
), marked AS (
	UPDATE swiped s SET mark = -2 FROM ended WHERE s.uid = $1 AND s.sid = $2
), told AS (
	INSERT INTO event (uid, kind, other, time) SELECT $2, 'unmatched', $1, $3::timestamptz FROM ended
)
SELECT EXISTS (SELECT 1 FROM ended)`

// Unfriend implements persistence.Friends.
func (s *Store) Unfriend(ctx context.Context, uid, sid social.UserID, at time.Time) error {
	var ended bool
	err := s.send(ctx, func(b *pgx.Batch) {
		s.lockPair(b, social.PairOf(uid, sid))
		b.Queue(sabotaged(unfriendSQL), uid, sid, at).QueryRow(func(row pgx.Row) error { return row.Scan(&ended) })
	})
	if err != nil {
		return translate(ctx, err)
	}
	if !ended {
		return sqlstore.NotFriends()
	}
	return nil
}
