package sqlite

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// Unfriend implements persistence.Friends.
func (s *Store) Unfriend(ctx context.Context, uid, sid social.UserID, at time.Time) error {
	return s.db.InTx(ctx, func(tx sqlstore.Conn) error {
		var there bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND deleted_at IS NULL)`, uid).Scan(&there)
		if err != nil {
			return err
		}
		if !there {
			return sqlstore.NotFriends()
		}
		ended, err := endFriendship(ctx, tx, uid, sid, at.UnixMicro())
		if err != nil {
			return err
		}
		if !ended {
			return sqlstore.NotFriends()
		}
		_, err = tx.Exec(ctx, `UPDATE swiped SET mark = $3 WHERE uid = $1 AND sid = $2`, uid, sid, int64(social.MarkEnded))
		return err
	})
}

// endFriendship deletes the friendship of uid and sid, if there is one, and
// tells sid.
func endFriendship(ctx context.Context, tx sqlstore.Conn, uid, sid social.UserID, at int64) (ended bool, err error) {
	p := social.PairOf(uid, sid)
	n, err := tx.Exec(ctx, `DELETE FROM friend WHERE uid1 = $1 AND uid2 = $2`, p.UID1, p.UID2)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(ctx, eventSQL, sid, string(social.EventUnmatched), uid, at)
	return true, err
}
