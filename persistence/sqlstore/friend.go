package sqlstore

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// bothSides lists (sid, time) of uid's friendships: one index probe per side.
const bothSides = `(SELECT uid2 AS sid, time FROM friend WHERE uid1 = $1
	UNION ALL SELECT uid1 AS sid, time FROM friend WHERE uid2 = $1)`

func scanFriend(r Row, f *persistence.Friend) error { return scanUser(r, &f.User, ScanTime(&f.Since)) }

// Friends implements persistence.Friends. All of a user's friendships are read
// and sorted: there are hundreds, not millions.
func (s *Store) Friends(
	ctx context.Context, uid social.UserID, after persistence.FriendCursor, limit int,
) ([]persistence.Friend, error) {
	if after == (persistence.FriendCursor{}) {
		after = persistence.FriendCursor{Time: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), SID: math.MaxInt64}
	}
	return collect(ctx, s.db, scanFriend, `SELECT `+userColumns+`, f.time FROM `+bothSides+` f
		JOIN users u ON u.id = f.sid
		WHERE (f.time, f.sid) < ($2, $3) AND u.deleted_at IS NULL
		ORDER BY f.time DESC, f.sid DESC LIMIT $4`, uid, s.db.Dialect().Time(after.Time), after.SID, limit)
}

// Friend implements persistence.Friends.
func (s *Store) Friend(ctx context.Context, uid, sid social.UserID) (persistence.Friend, error) {
	var f persistence.Friend
	pair := social.PairOf(uid, sid)
	err := scanFriend(s.db.QueryRow(ctx, `SELECT `+userColumns+`, f.time FROM friend f JOIN users u ON u.id = $3
		WHERE f.uid1 = $1 AND f.uid2 = $2 AND u.deleted_at IS NULL`, pair.UID1, pair.UID2, sid), &f)
	if errors.Is(err, ErrNoRows) {
		return persistence.Friend{}, NotFriends()
	}
	return f, err
}

// CountFriends implements persistence.Friends.
func (s *Store) CountFriends(ctx context.Context, uid social.UserID) (int, error) {
	var n int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM `+bothSides+` f`, uid).Scan(&n)
	return n, err
}
