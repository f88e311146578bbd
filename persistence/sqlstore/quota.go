package sqlstore

import (
	"context"

	"github.com/swiperhq/swiper/social"
)

// QuotasUsed implements persistence.Quotas.
func (s *Store) QuotasUsed(ctx context.Context, uid social.UserID, day social.Date) (map[social.Action]int, error) {
	type used struct {
		action social.Action
		n      int
	}
	rows, err := collect(ctx, s.db, func(r Row, u *used) error { return r.Scan(&u.action, &u.n) },
		`SELECT action, used FROM quota WHERE uid = $1 AND day = $2`, uid, s.db.Dialect().Date(day))
	if err != nil {
		return nil, err
	}
	out := make(map[social.Action]int, len(rows))
	for _, u := range rows {
		out[u.action] = u.n
	}
	return out, nil
}
