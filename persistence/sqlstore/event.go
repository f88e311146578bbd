package sqlstore

import (
	"context"
	"encoding/json"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// eventColumns are what scanEvent reads.
const eventColumns = `id, uid, kind, coalesce(other, 0), data, time`

func scanEvent(r Row, e *social.Event, more ...any) error {
	var data *string
	err := r.Scan(append([]any{&e.ID, &e.UID, &e.Kind, &e.Other, &data, ScanTime(&e.Time)}, more...)...)
	if data != nil {
		e.Data = json.RawMessage(*data)
	}
	return err
}

// EventsOf implements persistence.Events.
func (s *Store) EventsOf(ctx context.Context, uid social.UserID, after int64, limit int) ([]social.Event, error) {
	scan := func(r Row, e *social.Event) error { return scanEvent(r, e) }
	return collect(ctx, s.db, scan, `SELECT `+eventColumns+` FROM event
		WHERE uid = $1 AND id > $2 ORDER BY id LIMIT $3`, uid, after, limit)
}

// EventOrder is SQL of how an engine orders a user's events.
type EventOrder struct {
	Place  string // the two columns of a persistence.EventCursor
	By     string // what to order by so that places ascend
	Behind string // what stands behind the place ($2, $3) and may be given
}

// EventsBehind gives uid's events behind after, at most limit, in the order o.
func EventsBehind(
	ctx context.Context, c Conn, o EventOrder, uid social.UserID, after persistence.EventCursor, limit int,
) ([]persistence.Event, error) {
	scan := func(r Row, e *persistence.Event) error {
		return scanEvent(r, &e.Event, &e.Cursor.Major, &e.Cursor.Minor)
	}
	return collect(ctx, c, scan, `SELECT `+eventColumns+`, `+o.Place+` FROM event
		WHERE uid = $1 AND `+o.Behind+` ORDER BY `+o.By+` LIMIT $4`, uid, after.Major, after.Minor, limit)
}
