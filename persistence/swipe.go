package persistence

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// Record is one swipe to be stored.
type Record struct {
	social.Swipe
	// Meter is what the swipe costs if it is new; nil: nothing.
	Meter *social.Meter
	// ResetsAt is when the meter's day ends; a quota refusal's RetryAfter is
	// counted from Swipe.Time to it.
	ResetsAt time.Time
	// Key lets the swipe be sent again; its zero value is none.
	Key IdempotencyKey
}

// Recorded is the answer for one Record: a result, or the refusal in Err.
type Recorded struct {
	social.SwipeResult
	// Err is nil, or a *social.Error with one of: CodeAlreadySwiped,
	// CodeUserNotFound (the stranger does not exist), CodeUnauthenticated (the
	// swiper does not), CodeLikeQuotaExceeded, CodeSuperlikeQuotaExceeded,
	// CodeInvalidRequest (the database refuses this record's values).
	Err error
}

// RewindRequest asks to undo the user's latest swipe.
type RewindRequest struct {
	UID      social.UserID
	Time     time.Time
	Window   time.Duration // refuse a swipe older than this; 0: any age
	Meter    social.Meter  // charged once when granted; counted under NoLimit too
	ResetsAt time.Time     // for RetryAfter of a refusal, counted from Time
	Key      IdempotencyKey
}

// Swipes stores what people think of each other. Each write takes the slot
// locks of its pairs first and is right no matter how many processes write.
type Swipes interface {
	// RecordSwipes stores a batch and answers each record, in order. All of it
	// is durable when the call returns without error; on an error nothing is
	// known: records may or may not be stored, and recording them again tells
	// the truth. Answers are read back from the tables, so a repetition gets the
	// stored outcome (Repeated) and the friendship as it stands now.
	//
	//   - Repeats in the batch are folded: the first arrival wins, later ones are
	//     answered from it.
	//   - A meter is charged only for a swipe that is new and stored.
	//   - A record that the database refuses fails alone.
	//   - New likes that meet a stored like make exactly one friendship and one
	//     match event for each side, in the same transaction.
	//
	// Any batch size is accepted; an engine may use several transactions, in order.
	RecordSwipes(ctx context.Context, batch []Record) ([]Recorded, error)

	// Rewind undoes the user's latest swipe not yet undone, tombstones passed
	// over: deletes it and the friendship it made, charges the meter, keeps it in
	// the history and tells the other side if they were friends, all at once.
	//
	// CodeNothingToRewind: no such swipe, or older than the window, or of who was
	// deleted; nothing is
	// charged. CodeRewindQuotaExceeded: the meter's limit is used up.
	Rewind(ctx context.Context, req RewindRequest) (social.RewindResult, error)

	// SwipedIDs gives everyone uid has swiped, tombstones included, ascending.
	SwipedIDs(ctx context.Context, uid social.UserID) ([]social.UserID, error)

	// LikesOf lists who likes uid and has no mark of uid's, people deleted or
	// suspended since left out: superlikes first, then newest first. It starts behind after (zero:
	// at the top) and gives at most limit.
	LikesOf(ctx context.Context, uid social.UserID, after LikeCursor, limit int) ([]Like, error)

	// RecentSwipes gives uid's latest limit swipes, newest first, tombstones included.
	RecentSwipes(ctx context.Context, uid social.UserID, limit int) ([]social.Swipe, error)

	// CountSwipes tells how many swipes of uid stand, by mark.
	CountSwipes(ctx context.Context, uid social.UserID) (map[social.Mark]int, error)
}

// LikeCursor is the place behind one Like in its list.
type LikeCursor struct {
	Mark social.Mark
	Seq  int64
}

// Like is someone's like towards a user.
type Like struct {
	User   social.User
	Mark   social.Mark
	Cursor LikeCursor
}
