package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Presence is the persistence.Presence of one database: several may share a Redis.
type Presence struct {
	client *Client
	prefix string
}

var _ persistence.Presence = (*Presence)(nil)

// Presence gives who is present under a name, the same for nodes that belong together.
func (c *Client) Presence(name string) *Presence { return &Presence{c, "swiper:present:" + name + ":"} }

func (p *Presence) key(uid social.UserID) string { return p.prefix + strconv.FormatInt(int64(uid), 10) }

func (p *Presence) keys(ids []social.UserID) []string {
	keys := make([]string, len(ids))
	for i, uid := range ids {
		keys[i] = p.key(uid)
	}
	return keys
}

// KeepPresent implements persistence.Presence.
func (p *Presence) KeepPresent(ctx context.Context, ids []social.UserID, life time.Duration) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	keys := p.keys(ids)
	var known *redis.IntCmd
	_, err := p.client.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		known = pipe.Exists(ctx, keys...)
		for _, key := range keys {
			pipe.Set(ctx, key, "", life)
		}
		return nil
	})
	return int(known.Val()), translate(ctx, err)
}

// Present implements persistence.Presence.
func (p *Presence) Present(ctx context.Context, ids []social.UserID) ([]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	got, err := p.client.redis.MGet(ctx, p.keys(ids)...).Result()
	if err != nil {
		return nil, translate(ctx, err)
	}
	out := make([]bool, len(got))
	for i := range got {
		out[i] = got[i] != nil
	}
	return out, nil
}
