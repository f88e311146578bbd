package persistence

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// HotCount tells how many likes of somebody stand that were given lately.
type HotCount struct {
	UID social.UserID
	// Location is where the person is ranked, "" for nowhere: the profile is
	// incomplete, deleted or suspended.
	Location string
	Likes    int64 // superlikes included; 0 where Location is ""
}

// Hot counts likes for the ranking of the most liked. A like that was taken back or
// ended is not among them. Superlikers is for who is shown it.
type Hot interface {
	// HotSince gives the place in the order of swipes behind which likes are younger
	// than age, to the hour and never less than age, and remembers the place of now.
	HotSince(ctx context.Context, now time.Time, age time.Duration) (since int64, err error)

	// HotPage counts for the users whose ids are above after, limit of them at most,
	// and gives those who are ranked and have a like. next is where to go on from, 0 at
	// the end. Its cost grows with limit and with the likes counted.
	HotPage(ctx context.Context, since int64, after social.UserID, limit int) (page []HotCount, next social.UserID, err error)

	// HotCounts counts for the users named, in no order; who does not exist is left out.
	HotCounts(ctx context.Context, since int64, ids []social.UserID) ([]HotCount, error)

	// Superlikers gives those of ids, in no order, whose superlike of uid stands. At most
	// 200 ids a call; its cost does not grow with the superlikes of uid.
	Superlikers(ctx context.Context, uid social.UserID, ids []social.UserID) ([]social.UserID, error)
}

// HotState says which ranking is shown and which one is being made.
type HotState struct {
	Shown    string // the generation; "": none, it was never made or is lost
	Since    int64  // that its counts begin behind
	Days     int    // that it counts
	BuiltAt  time.Time
	Building string // the generation that somebody makes now; "": nobody does
	Fresh    bool   // it is too early to make another
}

// HotPlace is a location with a ranking.
type HotPlace struct {
	Location string
	Most     int64 // likes of who is first, or was
}

// HotBoard keeps rankings by location, the first so many of each. All of it may be
// lost at any time, and is made again from Hot.
type HotBoard interface {
	HotState(ctx context.Context) (HotState, error)

	// ClaimHot lets the caller make a generation for so long, unless somebody makes one.
	ClaimHot(ctx context.Context, generation string, lease time.Duration) (bool, error)

	// HoldHot prolongs that. false: it is over, or all is lost, what was put as well.
	HoldHot(ctx context.Context, generation string, lease time.Duration) (bool, error)

	// PutHot sets counts in generations; 0 likes take the person off.
	PutHot(ctx context.Context, generations []string, counts []HotCount) error

	// ShowHot shows the generation that the caller holds, in the place of the one
	// before, and keeps it fresh for so long. false: the lease was lost.
	ShowHot(ctx context.Context, s HotState, fresh time.Duration) (bool, error)

	// TopHot gives the places from to from+n-1 of a location's ranking, the most liked
	// first. ok is false if no ranking is shown.
	TopHot(ctx context.Context, location string, from, n int) (top []HotCount, ok bool, err error)

	// HotPlaces gives the n locations whose first are liked most.
	HotPlaces(ctx context.Context, n int) ([]HotPlace, error)
}
