package sqlite

import (
	"math"

	"github.com/swiperhq/swiper/social"
)

// limitOf gives a limit as SQL counts with it.
func limitOf(l social.Limit) int64 {
	if l.None() {
		return math.MaxInt64
	}
	return int64(l)
}
