package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// Ids are drawn before their transactions commit, and not in the order of
// transaction ids either: neither alone is an order to go on by. (xid, id) is,
// below the oldest transaction that is still open: what that one or a later one
// writes stands behind all that is given.
const (
	eventPlace  = `xid::text::bigint, id`
	eventBehind = `(xid, id) > ($2::bigint::text::xid8, $3::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())`
)

// EventsSince implements persistence.Events.
func (s *Store) EventsSince(
	ctx context.Context, uid social.UserID, after persistence.EventCursor, limit int,
) ([]persistence.Event, error) {
	order := sqlstore.EventOrder{Place: eventPlace, By: `xid, id`, Behind: eventBehind}
	return sqlstore.EventsBehind(ctx, conn{s.pool}, order, uid, after, limit)
}

// LastEvent implements persistence.Events.
func (s *Store) LastEvent(ctx context.Context, uid social.UserID) (at persistence.EventCursor, err error) {
	err = s.pool.QueryRow(ctx, `SELECT `+eventPlace+` FROM event
		WHERE uid = $1 AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid DESC, id DESC LIMIT 1`, uid).Scan(&at.Major, &at.Minor)
	if errors.Is(err, pgx.ErrNoRows) {
		return persistence.EventCursor{}, nil
	}
	return at, translate(ctx, err)
}

// pruneEventsSQL finds the rows again by their place, which holds while they are
// locked: by key, a user with many events would be walked through for each.
const pruneEventsSQL = `WITH old AS MATERIALIZED (
	SELECT ctid FROM event WHERE time < $1 ORDER BY time LIMIT $2 FOR UPDATE SKIP LOCKED
) DELETE FROM event WHERE ctid = ANY (ARRAY(SELECT ctid FROM old))`

// PruneEvents implements persistence.Pruning.
func (s *Store) PruneEvents(ctx context.Context, before time.Time, limit int) (int, error) {
	tag, err := s.pool.Exec(ctx, pruneEventsSQL, before, limit)
	return int(tag.RowsAffected()), translate(ctx, err)
}
