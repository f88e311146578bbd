package sqlstore

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// TouchUsers implements persistence.Activity. It waits for nobody, so that it can be
// part of no deadlock.
func (s *Store) TouchUsers(ctx context.Context, ids []social.UserID, at, stale time.Time) error {
	d := s.db.Dialect()
	_, err := s.db.Exec(ctx, `UPDATE users SET last_active_at = $1 WHERE id IN (
		SELECT u.id FROM users u WHERE u.id IN (SELECT c.id FROM `+d.EachID("$2")+`)
		AND u.last_active_at < $3 AND u.deleted_at IS NULL`+d.SkipLocked+`)`, d.Time(at), d.IDs(ids), d.Time(stale))
	return err
}
