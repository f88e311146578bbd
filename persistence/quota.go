package persistence

import (
	"context"

	"github.com/swiperhq/swiper/social"
)

// Quotas reads what has been used; charging happens inside RecordSwipes and Rewind.
type Quotas interface {
	// QuotasUsed gives what uid used on day; actions without a row are absent.
	QuotasUsed(ctx context.Context, uid social.UserID, day social.Date) (map[social.Action]int, error)
}
