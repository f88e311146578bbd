package persistence

import (
	"context"

	"github.com/swiperhq/swiper/social"
)

// Events reads what happened; events are written by the transaction they tell of.
type Events interface {
	// EventsSince gives uid's events behind after (zero: from the start), at most
	// limit, in an order that holds: whatever is committed later stands behind all
	// that was given before, so who goes on from the last cursor misses nothing
	// and meets nothing twice.
	//
	// For that, an event is left out while a transaction is open that began to
	// write before the event's own did, whatever it writes: mostly milliseconds,
	// never for good.
	EventsSince(ctx context.Context, uid social.UserID, after EventCursor, limit int) ([]Event, error)

	// LastEvent gives the place behind the last of uid's events that EventsSince
	// would give now; zero if there is none.
	LastEvent(ctx context.Context, uid social.UserID) (EventCursor, error)

	// EventsOf gives uid's events with ids above after, ascending, at most limit:
	// for people who look into a system. It gives all that is committed, but what
	// is committed later may have a lower id.
	EventsOf(ctx context.Context, uid social.UserID, after int64, limit int) ([]social.Event, error)
}

// EventCursor is the place behind one Event in its user's list. What the
// numbers are is the engine's: nobody else computes with them.
type EventCursor struct{ Major, Minor int64 }

// Event is one event and the place behind it.
type Event struct {
	social.Event
	Cursor EventCursor
}
