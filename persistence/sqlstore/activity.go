package sqlstore

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// TouchUsers implements persistence.Activity. It waits for nobody, so that it can be
// part of no deadlock; but a match waits for it, which must see that its people are not
// deleted meanwhile. So it is one statement that does not wait for the disk: a crash
// takes back what nobody was promised.
func (s *Store) TouchUsers(ctx context.Context, ids []social.UserID, at, stale time.Time) error {
	d := s.db.Dialect()
	_, err := s.db.Exec(ctx, `UPDATE users SET last_active_at = $1 WHERE `+d.Unflushed+` AND id IN (
		SELECT u.id FROM users u WHERE u.id IN (SELECT c.id FROM `+d.EachID("$2")+`)
		AND u.last_active_at < $3 AND u.deleted_at IS NULL`+d.SkipLocked+`)`, d.Time(at), d.IDs(ids), d.Time(stale))
	return err
}
