package sqlstore

import (
	"context"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// SwipedIDs implements persistence.Swipes.
func (s *Store) SwipedIDs(ctx context.Context, uid social.UserID) ([]social.UserID, error) {
	return collect(ctx, s.db, scanOne[social.UserID], `SELECT sid FROM swiped WHERE uid = $1 ORDER BY sid`, uid)
}

func scanLike(r Row, l *persistence.Like) error {
	err := scanUser(r, &l.User, &l.Mark, &l.Cursor.Seq)
	l.Cursor.Mark = l.Mark
	return err
}

// LikesOf implements persistence.Swipes.
func (s *Store) LikesOf(
	ctx context.Context, uid social.UserID, after persistence.LikeCursor, limit int,
) ([]persistence.Like, error) {
	if after == (persistence.LikeCursor{}) {
		after.Mark = social.MarkSuperlike + 1
	}
	return collect(ctx, s.db, scanLike, `SELECT `+userColumns+`, l.mark, l.seq FROM swiped l
		JOIN users u ON u.id = l.uid
		WHERE l.sid = $1 AND l.mark > 0 AND (l.mark, l.seq) < ($2, $3) AND u.deleted_at IS NULL AND NOT u.suspended
		AND NOT EXISTS (SELECT 1 FROM swiped mine WHERE mine.uid = $1 AND mine.sid = l.uid)
		ORDER BY l.mark DESC, l.seq DESC LIMIT $4`, uid, int64(after.Mark), after.Seq, limit)
}

func scanSwipe(r Row, s *social.Swipe) error {
	return r.Scan(&s.UID, &s.SID, &s.Mark, ScanTime(&s.Time))
}

// RecentSwipes implements persistence.Swipes. It sorts all of the user's swipes:
// for people who look into a system, not for every request.
func (s *Store) RecentSwipes(ctx context.Context, uid social.UserID, limit int) ([]social.Swipe, error) {
	return collect(ctx, s.db, scanSwipe, `SELECT uid, sid, mark, time FROM swiped
		WHERE uid = $1 ORDER BY seq DESC LIMIT $2`, uid, limit)
}

// CountSwipes implements persistence.Swipes.
func (s *Store) CountSwipes(ctx context.Context, uid social.UserID) (map[social.Mark]int, error) {
	type count struct {
		mark social.Mark
		n    int
	}
	counts, err := collect(ctx, s.db, func(r Row, c *count) error { return r.Scan(&c.mark, &c.n) },
		`SELECT mark, count(*) FROM swiped WHERE uid = $1 GROUP BY mark`, uid)
	if err != nil {
		return nil, err
	}
	out := make(map[social.Mark]int, len(counts))
	for _, c := range counts {
		out[c.mark] = c.n
	}
	return out, nil
}
