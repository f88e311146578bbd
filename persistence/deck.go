package persistence

import (
	"context"

	"github.com/swiperhq/swiper/social"
)

// Decks looks up whom a user might be dealt. The user actor filters with its
// own memory and pages on; cost here never grows with the swipes a user has made.
type Decks interface {
	// Candidates gives at most limit ids above after, ascending, of people who
	// fit w: complete, not deleted, same location, mutual sex and age preferences.
	// Fewer than limit means that there are no more.
	Candidates(ctx context.Context, w social.Wanted, after social.UserID, limit int) ([]social.UserID, error)

	// Undealt gives those of ids whom uid may still be dealt, in the order of ids:
	// existing, neither deleted nor suspended, no mark of uid's, not a friend, not uid. At most 200
	// ids a call. It is the probe by primary key before cards go out.
	Undealt(ctx context.Context, uid social.UserID, ids []social.UserID) ([]social.User, error)

	// DeckTop gives what every deal to uid begins with, in one round trip where the
	// engine can; each list has at most limit. CodeUserNotFound if there is no uid
	// or it was deleted.
	DeckTop(ctx context.Context, uid social.UserID, limit int) (DeckTop, error)

	// DeckCursor gives where uid's paging stands for the given digest of what is
	// wanted; 0 if none was saved for that digest.
	DeckCursor(ctx context.Context, uid social.UserID, digest int64) (social.UserID, error)

	// SaveDeckCursor remembers the place; the latest call wins. Nothing is
	// remembered of who does not exist or was deleted.
	SaveDeckCursor(ctx context.Context, uid social.UserID, digest int64, after social.UserID) error
}

// DeckTop is a user, and who comes before everyone else in the user's deck.
type DeckTop struct {
	Me social.User
	// Rewound are the strangers that the user took back and has not swiped since,
	// latest rewind first. Whether they still exist is for Undealt to tell.
	Rewound []social.UserID
	// Superlikers are those whose superlike of the user stands and has no mark of
	// the user's in return, people deleted or suspended since left out, newest first. Whether
	// they suit is not looked at. Without superlikes nothing is read.
	Superlikers []social.User
}
