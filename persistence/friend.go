package persistence

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// Friends reads and ends friendships; RecordSwipes is what makes them.
type Friends interface {
	// Friends lists uid's friends, newest friendship first, people deleted since
	// left out, starting behind after (zero: at the top), at most limit.
	Friends(ctx context.Context, uid social.UserID, after FriendCursor, limit int) ([]Friend, error)

	// Friend gives one friend of uid. CodeNotFriends if sid is none, or does not exist.
	Friend(ctx context.Context, uid, sid social.UserID) (Friend, error)

	// CountFriends tells how many friendships of uid stand.
	CountFriends(ctx context.Context, uid social.UserID) (int, error)

	// Unfriend ends the friendship at the given time: deletes it, turns uid's mark
	// on sid into social.MarkEnded and tells sid, in one transaction under the
	// pair's slot lock. CodeNotFriends if there is none, also the second time,
	// and if uid was deleted.
	Unfriend(ctx context.Context, uid, sid social.UserID, at time.Time) error
}

// FriendCursor is the place behind one Friend in the list.
type FriendCursor struct {
	Time time.Time
	SID  social.UserID
}

// Friend is the other side of a friendship.
type Friend struct {
	User  social.User
	Since time.Time
}
