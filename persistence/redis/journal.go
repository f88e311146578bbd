package redis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/swiperhq/swiper/persistence"
)

// journalPrefix begins the keys of journals, which are lists.
const journalPrefix = "swiper:journal:"

var _ persistence.Journals = (*Client)(nil)

// AppendLine implements persistence.Journals.
func (c *Client) AppendLine(ctx context.Context, journal, line string, keep int, life time.Duration) error {
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.RPush(ctx, journalPrefix+journal, line)
		p.LTrim(ctx, journalPrefix+journal, int64(-keep), -1)
		p.Expire(ctx, journalPrefix+journal, life)
		return nil
	})
	return translate(ctx, err)
}

// Lines implements persistence.Journals.
func (c *Client) Lines(ctx context.Context, journals []string, most int) ([][]string, error) {
	got := make([]*redis.StringSliceCmd, len(journals))
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, journal := range journals {
			got[i] = p.LRange(ctx, journalPrefix+journal, int64(-most), -1)
		}
		return nil
	})
	if err != nil {
		return nil, translate(ctx, err)
	}
	out := make([][]string, len(got))
	for i := range got {
		out[i] = got[i].Val()
	}
	return out, nil
}
