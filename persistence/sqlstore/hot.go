package sqlstore

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// hoursKept is longer than anybody may ask for.
const hoursKept = 40 * 24 * time.Hour

// HotSince implements persistence.Hot. Swipes have no index by time, so that it is
// remembered each hour how far their order had come.
func (s *Store) HotSince(ctx context.Context, now time.Time, age time.Duration) (since int64, err error) {
	d := s.db.Dialect()
	err = s.db.InTx(ctx, func(tx Conn) error {
		if _, err := tx.Exec(ctx, `INSERT INTO swiped_hour (hour, seq) SELECT $1, `+d.LastSwipe+` WHERE true
			ON CONFLICT (hour) DO NOTHING`, d.Time(now.Truncate(time.Hour))); err != nil {
			return err
		}
		// The latest of the old ones stands for all before it.
		if _, err := tx.Exec(ctx, `DELETE FROM swiped_hour
			WHERE hour < (SELECT max(hour) FROM swiped_hour WHERE hour <= $1)`, d.Time(now.Add(-hoursKept))); err != nil {
			return err
		}
		// What is remembered of an hour is of some moment in it.
		return tx.QueryRow(ctx, `SELECT coalesce(max(seq), 0) FROM swiped_hour WHERE hour <= $1`,
			d.Time(now.Add(-age-time.Hour))).Scan(&since)
	})
	return since, err
}

// hotColumns count in the index swiped_likes alone; SQLite takes it only where its
// condition stands word for word.
const (
	hotFit     = `u.complete AND u.deleted_at IS NULL AND NOT u.suspended`
	hotColumns = `u.id, CASE WHEN ` + hotFit + ` THEN u.location ELSE '' END, CASE WHEN ` + hotFit + ` THEN
		(SELECT count(*) FROM swiped l WHERE l.sid = u.id AND l.mark > 0 AND l.mark = 1 AND l.seq > $1) +
		(SELECT count(*) FROM swiped l WHERE l.sid = u.id AND l.mark > 0 AND l.mark = 2 AND l.seq > $1) ELSE 0 END`
)

func scanHot(r Row, c *persistence.HotCount) error { return r.Scan(&c.UID, &c.Location, &c.Likes) }

// HotPage implements persistence.Hot.
func (s *Store) HotPage(
	ctx context.Context, since int64, after social.UserID, limit int,
) (page []persistence.HotCount, next social.UserID, err error) {
	all, err := collect(ctx, s.db, scanHot, `SELECT `+hotColumns+` FROM users u WHERE u.id > $2 ORDER BY u.id LIMIT $3`, since, after, limit)
	if err != nil {
		return nil, 0, err
	}
	if len(all) == limit && limit > 0 {
		next = all[len(all)-1].UID
	}
	for _, c := range all {
		if c.Likes > 0 {
			page = append(page, c)
		}
	}
	return page, next, nil
}

// HotCounts implements persistence.Hot.
func (s *Store) HotCounts(ctx context.Context, since int64, ids []social.UserID) ([]persistence.HotCount, error) {
	d := s.db.Dialect()
	return collect(ctx, s.db, scanHot, `SELECT `+hotColumns+` FROM `+d.EachID("$2")+` JOIN users u ON u.id = c.id`, since, d.IDs(ids))
}

// Superlikers implements persistence.Hot. A look-up for each by the primary key: the
// index swiped_likes would lead through all that uid ever got.
func (s *Store) Superlikers(ctx context.Context, uid social.UserID, ids []social.UserID) ([]social.UserID, error) {
	d := s.db.Dialect()
	return collect(ctx, s.db, scanOne[social.UserID], `SELECT c.id FROM `+d.EachID("$2")+`
		WHERE (SELECT s.mark FROM swiped s WHERE s.uid = c.id AND s.sid = $1) = 2`, uid, d.IDs(ids))
}
