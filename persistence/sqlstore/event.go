package sqlstore

import (
	"context"

	"github.com/swiperhq/swiper/social"
)

// EventsOf implements persistence.Events.
func (s *Store) EventsOf(ctx context.Context, uid social.UserID, after int64, limit int) ([]social.Event, error) {
	scan := func(r Row, e *social.Event) error {
		return r.Scan(&e.ID, &e.UID, &e.Kind, &e.Other, ScanTime(&e.Time))
	}
	return collect(ctx, s.db, scan, `SELECT id, uid, kind, other, time FROM event
		WHERE uid = $1 AND id > $2 ORDER BY id LIMIT $3`, uid, after, limit)
}
