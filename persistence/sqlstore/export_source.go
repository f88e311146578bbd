package sqlstore

import (
	"context"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// SwipesAfter implements persistence.ExportSource.
func (s *Store) SwipesAfter(ctx context.Context, uid, sid social.UserID, limit int) ([]persistence.PastSwipe, error) {
	return collect(ctx, s.db, scanPastSwipe, `SELECT seq, sid, mark, time FROM swiped WHERE uid = $1 AND sid > $2 ORDER BY sid LIMIT $3`, uid, sid, limit)
}

// QuotasAfter implements persistence.ExportSource.
func (s *Store) QuotasAfter(ctx context.Context, uid social.UserID, after persistence.QuotaUse, limit int) ([]persistence.QuotaUse, error) {
	scan := func(r Row, q *persistence.QuotaUse) error {
		return r.Scan(ScanDate(&q.Day), (*string)(&q.Action), &q.Used)
	}
	if after.Day.IsZero() {
		return collect(ctx, s.db, scan, `SELECT day, action, used FROM quota WHERE uid = $1 ORDER BY day, action LIMIT $2`, uid, limit)
	}
	return collect(ctx, s.db, scan, `SELECT day, action, used FROM quota WHERE uid = $1 AND (day, action) > ($2, $3)
		ORDER BY day, action LIMIT $4`, uid, s.db.Dialect().Date(after.Day), string(after.Action), limit)
}

// UploadsAfter implements persistence.ExportSource.
func (s *Store) UploadsAfter(ctx context.Context, uid social.UserID, seq int64, limit int) ([]persistence.Upload, error) {
	return collect(ctx, s.db, scanUpload, `SELECT `+uploadColumns+` FROM upload WHERE uid = $1 AND seq > $2 ORDER BY seq LIMIT $3`, uid, seq, limit)
}

// ObjectsAfter implements persistence.ExportSource.
func (s *Store) ObjectsAfter(ctx context.Context, uid social.UserID, key string, limit int) ([]string, error) {
	return collect(ctx, s.db, scanOne[string], `SELECT key FROM object WHERE uid = $1 AND state = 'live' AND key > $2 ORDER BY key LIMIT $3`,
		uid, key, limit)
}
