package sqlite

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// EventsSince implements persistence.Events. With one writer, the order of ids is
// the order of commits.
func (s *Store) EventsSince(
	ctx context.Context, uid social.UserID, after persistence.EventCursor, limit int,
) ([]persistence.Event, error) {
	order := sqlstore.EventOrder{Place: `0, id`, By: `id`, Behind: `id > $3 AND 0 <= $2`}
	return sqlstore.EventsBehind(ctx, s.db.pools(), order, uid, after, limit)
}

// LastEvent implements persistence.Events.
func (s *Store) LastEvent(ctx context.Context, uid social.UserID) (at persistence.EventCursor, err error) {
	err = s.db.pools().QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM event WHERE uid = $1`, uid).Scan(&at.Minor)
	return at, err
}

// pruneEventsSQL looks at the first $2 events only: ids ascend as times do, apart
// from steps of the clock, and an index on time would cost every event.
const pruneEventsSQL = `DELETE FROM event WHERE id IN (
	SELECT id FROM (SELECT id, time FROM event ORDER BY id LIMIT $2) WHERE time < $1)`

// PruneEvents implements persistence.Pruning.
func (s *Store) PruneEvents(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.db.Exec(ctx, pruneEventsSQL, before.UnixMicro(), limit)
	return int(n), err
}
