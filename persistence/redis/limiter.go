package redis

import (
	"context"
	"time"

	"github.com/go-redis/redis_rate/v10"

	"github.com/swiperhq/swiper/persistence"
)

// limitPrefix keeps our counters apart; redis_rate puts its own before it.
const limitPrefix = "swiper:"

// leastWait is what a refusal names at least: 0 would mean that there is none.
const leastWait = time.Millisecond

var _ persistence.Limiter = (*Client)(nil)

// Allow implements persistence.Limiter.
func (c *Client) Allow(ctx context.Context, key string, rate persistence.Rate) (time.Duration, error) {
	if rate.Burst <= 0 {
		return max(rate.Period, leastWait), nil // the script would divide by it
	}
	got, err := c.limiter.Allow(ctx, limitPrefix+key, redis_rate.Limit{Rate: rate.Burst, Burst: rate.Burst, Period: rate.Period})
	if err != nil {
		return 0, translate(ctx, err)
	}
	if got.Allowed > 0 {
		return 0, nil
	}
	return max(got.RetryAfter, leastWait), nil
}
