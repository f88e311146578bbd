package actors

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Store is what the actors need of a store. The contracts are those of package
// persistence.
type Store interface {
	persistence.Decks
	RecordSwipes(ctx context.Context, batch []persistence.Record) ([]persistence.Recorded, error)
	Rewind(ctx context.Context, req persistence.RewindRequest) (social.RewindResult, error)
	SwipedIDs(ctx context.Context, uid social.UserID) ([]social.UserID, error)
	Unfriend(ctx context.Context, uid, sid social.UserID, at time.Time) error
}
