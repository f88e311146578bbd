package redis

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// ranked is how many of a location are kept.
	ranked = 1000
	// hotLife is how long a ranking that is not made anew stays: longer than the slowest
	// making (2 h), the rest after it (three times as long) and the making of the next.
	hotLife = 12 * time.Hour
	// unlinked is how many keys one command deletes.
	unlinked = 500

	// holdScript prolongs a lease.
	holdScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

	// showScript gives the generation before, "-" for none; 0 if the lease was lost.
	showScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local before = redis.call('HGET', KEYS[2], 'shown') or '-'
redis.call('HSET', KEYS[2], 'shown', ARGV[1], 'since', ARGV[2], 'days', ARGV[3], 'built', ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('SET', KEYS[3], '1', 'PX', ARGV[6])
redis.call('DEL', KEYS[1])
return before`

	// topScript reads the generation that is shown: another may be a moment later.
	topScript = `
local shown = redis.call('HGET', KEYS[1], 'shown')
if not shown then
  return {'-'}
end
local top = redis.call('ZREVRANGE', ARGV[1] .. shown .. ARGV[2], ARGV[3], ARGV[4], 'WITHSCORES')
table.insert(top, 1, shown)
return top`
)

// HotBoard is the persistence.HotBoard of one database: several may share a Redis.
type HotBoard struct {
	client *Client
	prefix string
}

var _ persistence.HotBoard = (*HotBoard)(nil)

// HotBoard gives the rankings under a name, the same for the nodes that share them.
func (c *Client) HotBoard(name string) *HotBoard { return &HotBoard{c, "swiper:hot:" + name + ":"} }

func (b *HotBoard) state() string    { return b.prefix + "state" }
func (b *HotBoard) building() string { return b.prefix + "building" }
func (b *HotBoard) fresh() string    { return b.prefix + "fresh" }

// places is the sorted set of a generation's locations, by the likes of their first.
const places = ":places"

func in(location string) string { return ":in:" + location }

// HotState implements persistence.HotBoard.
func (b *HotBoard) HotState(ctx context.Context) (persistence.HotState, error) {
	var shown *redis.MapStringStringCmd
	var building *redis.StringCmd
	var fresh *redis.IntCmd
	_, err := b.client.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		shown, building, fresh = p.HGetAll(ctx, b.state()), p.Get(ctx, b.building()), p.Exists(ctx, b.fresh())
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return persistence.HotState{}, translate(ctx, err)
	}
	of := shown.Val()
	s := persistence.HotState{Shown: of["shown"], Building: building.Val(), Fresh: fresh.Val() > 0}
	s.Since, _ = strconv.ParseInt(of["since"], 10, 64) // what is unreadable is made anew by who finds 0 days
	s.Days, _ = strconv.Atoi(of["days"])
	if built, err := strconv.ParseInt(of["built"], 10, 64); err == nil {
		s.BuiltAt = time.UnixMilli(built).UTC()
	}
	return s, nil
}

// ClaimHot implements persistence.HotBoard.
func (b *HotBoard) ClaimHot(ctx context.Context, generation string, lease time.Duration) (bool, error) {
	got, err := b.client.redis.SetNX(ctx, b.building(), generation, lease).Result()
	return got, translate(ctx, err)
}

// HoldHot implements persistence.HotBoard.
func (b *HotBoard) HoldHot(ctx context.Context, generation string, lease time.Duration) (bool, error) {
	got, err := b.client.redis.Eval(ctx, holdScript, []string{b.building()}, generation, lease.Milliseconds()).Int()
	return got == 1, translate(ctx, err)
}

// PutHot implements persistence.HotBoard.
func (b *HotBoard) PutHot(ctx context.Context, generations []string, counts []persistence.HotCount) error {
	type ranking struct {
		most     float64
		in       []redis.Z
		not      []any
		location string
	}
	byPlace := map[string]*ranking{}
	for _, c := range counts {
		if c.Location == "" {
			continue // nobody knows where it was; who shows the ranking looks
		}
		r := byPlace[c.Location]
		if r == nil {
			r = &ranking{location: c.Location}
			byPlace[c.Location] = r
		}
		if c.Likes == 0 {
			r.not = append(r.not, int64(c.UID))
			continue
		}
		r.in = append(r.in, redis.Z{Score: float64(c.Likes), Member: int64(c.UID)})
		r.most = max(r.most, float64(c.Likes))
	}
	if len(byPlace) == 0 {
		return nil
	}
	_, err := b.client.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, generation := range generations {
			all := b.prefix + generation + places
			for _, r := range byPlace {
				key := b.prefix + generation + in(r.location)
				if len(r.not) > 0 {
					p.ZRem(ctx, key, r.not...)
				}
				if len(r.in) > 0 {
					p.ZAdd(ctx, key, r.in...)
					p.ZRemRangeByRank(ctx, key, 0, -ranked-1)
					p.Expire(ctx, key, hotLife)
					p.ZAddGT(ctx, all, redis.Z{Score: r.most, Member: r.location})
				}
			}
			p.Expire(ctx, all, hotLife)
		}
		return nil
	})
	return translate(ctx, err)
}

// ShowHot implements persistence.HotBoard.
func (b *HotBoard) ShowHot(ctx context.Context, s persistence.HotState, fresh time.Duration) (bool, error) {
	before, err := b.client.redis.Eval(ctx, showScript, []string{b.building(), b.state(), b.fresh()},
		s.Shown, s.Since, s.Days, s.BuiltAt.UnixMilli(), hotLife.Milliseconds(), fresh.Milliseconds()).Result()
	if err != nil {
		return false, translate(ctx, err)
	}
	former, shown := before.(string)
	if shown && former != "-" && former != s.Shown {
		b.forget(ctx, former)
	}
	return shown, nil
}

// forget deletes a generation. What is left of it, should that fail, expires.
func (b *HotBoard) forget(ctx context.Context, generation string) {
	all := b.prefix + generation + places
	for {
		locations, err := b.client.redis.ZRange(ctx, all, 0, unlinked-1).Result()
		if err != nil || len(locations) == 0 {
			return
		}
		keys, members := make([]string, len(locations)), make([]any, len(locations))
		for i, location := range locations {
			keys[i], members[i] = b.prefix+generation+in(location), location
		}
		_, err = b.client.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.Unlink(ctx, keys...)
			p.ZRem(ctx, all, members...)
			return nil
		})
		if err != nil {
			return
		}
	}
}

// TopHot implements persistence.HotBoard.
func (b *HotBoard) TopHot(ctx context.Context, location string, from, n int) ([]persistence.HotCount, bool, error) {
	got, err := b.client.redis.Eval(ctx, topScript, []string{b.state()}, b.prefix, in(location), from, from+n-1).StringSlice()
	switch {
	case err != nil:
		return nil, false, translate(ctx, err)
	case len(got) == 0 || got[0] == "-":
		return nil, false, nil
	}
	top := make([]persistence.HotCount, 0, n)
	for i := 1; i+1 < len(got); i += 2 {
		uid, err := strconv.ParseInt(got[i], 10, 64)
		likes, second := strconv.ParseFloat(got[i+1], 64)
		if err := errors.Join(err, second); err != nil {
			return nil, false, &social.Error{Code: social.CodeInternal, Message: "The ranking cannot be read.", Cause: err}
		}
		top = append(top, persistence.HotCount{UID: social.UserID(uid), Location: location, Likes: int64(likes)})
	}
	return top, true, nil
}

// HotPlaces implements persistence.HotBoard.
func (b *HotBoard) HotPlaces(ctx context.Context, n int) ([]persistence.HotPlace, error) {
	shown, err := b.client.redis.HGet(ctx, b.state(), "shown").Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, translate(ctx, err)
	}
	got, err := b.client.redis.ZRevRangeWithScores(ctx, b.prefix+shown+places, 0, int64(n)-1).Result()
	if err != nil {
		return nil, translate(ctx, err)
	}
	out := make([]persistence.HotPlace, len(got))
	for i, z := range got {
		location, _ := z.Member.(string)
		out[i] = persistence.HotPlace{Location: location, Most: int64(z.Score)}
	}
	return out, nil
}
