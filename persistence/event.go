package persistence

import (
	"context"

	"github.com/swiperhq/swiper/social"
)

// Events reads what happened; events are written by the transaction they tell of.
type Events interface {
	// EventsOf gives uid's events with ids above after, ascending, at most limit.
	EventsOf(ctx context.Context, uid social.UserID, after int64, limit int) ([]social.Event, error)
}
