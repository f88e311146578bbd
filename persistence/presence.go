package persistence

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// Presence tells who has a connection to any node. All of it may be lost at any time.
type Presence interface {
	// KeepPresent says that people are there, for so long. known is of how many somebody
	// said so already.
	KeepPresent(ctx context.Context, ids []social.UserID, life time.Duration) (known int, err error)

	// Present tells of each, in order, whether somebody says so.
	Present(ctx context.Context, ids []social.UserID) ([]bool, error)
}

// Activity keeps when people were last there.
type Activity interface {
	// TouchUsers moves last_active_at of those forward to at who were last there before
	// stale; others, and rows that somebody else is changing, are passed over.
	TouchUsers(ctx context.Context, ids []social.UserID, at, stale time.Time) error
}
