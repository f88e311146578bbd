package persistence

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// Departures lets people leave: from one moment on they are there for nobody,
// themselves included, and later, unless they come back before, they are erased.
// A SignIn with the number undoes the first, and nothing the second.
type Departures interface {
	// Depart marks uid as deleted at the given time, ends all sessions and enqueues
	// erase and what else is given, in one transaction. No swipe that is stored behind it, and no
	// friendship, has uid on either side. CodeUserNotFound if there is none or it
	// was deleted; then nothing is enqueued.
	Depart(ctx context.Context, uid social.UserID, at time.Time, erase Task, also ...Task) (Departure, error)

	// BeginErasure takes the phone number and all that the profile says away from
	// who has been deleted since left, to the microsecond, for good: the number is
	// free. What stays of the user is the id and when it was deleted. false: uid has
	// come back since, or never left then, and nothing was changed. Called again, it
	// changes nothing and gives the same.
	BeginErasure(ctx context.Context, uid social.UserID, left time.Time) (bool, error)

	// EraseSome deletes, of a user whose erasure has begun, at most limit rows of
	// each kind: friendships, which the other side is told the end of (at the given
	// time, once), swipes, rewinds, quotas, events, stored answers, sessions, exports,
	// tasks that have ended, the deck's place; pictures, and what was exported, are to
	// be dropped from then on.
	// Uploads go when they have had their time. more tells that it is to be called again.
	// What others did stays theirs: their marks on uid, and their events.
	// CodeInvalidRequest if uid's erasure has not begun.
	EraseSome(ctx context.Context, uid social.UserID, at time.Time, limit int) (more bool, err error)
}

// Departure is what came of Depart.
type Departure struct {
	Erase    TaskID
	Sessions []string // that it ended
}
