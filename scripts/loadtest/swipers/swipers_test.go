package swipers_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/swipers"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const users = 500

func ids(n social.UserID) []social.UserID {
	out := make([]social.UserID, n)
	for i := range out {
		out[i] = social.UserID(i + 1)
	}
	return out
}

// play lets a crowd make so many calls.
func play(t *testing.T, calls int, change func(*swipers.Options)) *door {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	d := &door{users: users, limit: calls, full: cancel}
	o := swipers.Options{Door: d, People: ids(users), Nodes: 2, Seed: 11, Tag: "t", Couples: 0.3, Concurrency: 1}
	if change != nil {
		change(&o)
	}
	crowd, err := swipers.New(o)
	require.NoError(t, err)
	crowd.Play(ctx)
	require.GreaterOrEqual(t, len(d.calls), calls)
	return d
}

func TestTheSeedDecides(t *testing.T) {
	t.Parallel()
	once, again := play(t, 20_000, nil).told(), play(t, 20_000, nil).told()
	require.Equal(t, once, again)
	other := play(t, 20_000, func(o *swipers.Options) { o.Seed = 12 }).told()
	require.NotEqual(t, once, other)
}

func TestEverythingIsTried(t *testing.T) {
	t.Parallel()
	d := play(t, 40_000, func(o *swipers.Options) { o.Concurrency = 8 })
	type swipe struct {
		uid, sid social.UserID
		mark     social.Mark
		key      string
	}
	seen := map[string]int{}
	sent := map[swipe]int{}
	marks := map[[2]social.UserID]social.Mark{}
	nodes := map[[2]social.UserID][]int{}
	for _, c := range d.calls {
		seen[string(c.kind)]++
		if c.how.Timeout != 0 {
			seen["impatient"]++
		}
		switch {
		case c.kind == checker.Rewind && c.how.Key != "":
			seen["keyed rewind"]++
		case c.kind != checker.Swipe:
			continue
		case c.uid == c.sid:
			seen["self"]++
		case c.sid > users:
			seen["nobody"]++
		}
		seen[c.mark.String()]++
		sent[swipe{c.uid, c.sid, c.mark, c.how.Key}]++
		pair := [2]social.UserID{c.uid, c.sid}
		if was := marks[pair]; was != 0 && was != c.mark {
			seen["contradiction"]++
		}
		marks[pair] = c.mark
		if c.how.Couple {
			seen["couple"]++
			both := [2]social.UserID{min(c.uid, c.sid), max(c.uid, c.sid)}
			nodes[both] = append(nodes[both], c.how.Node)
		}
		if c.how.Misused {
			seen["misused key"]++
		}
	}
	for s, n := range sent {
		if n > 1 && s.key == "" {
			seen["repeated"]++
		} else if n > 1 {
			seen["repeated with a key"]++
		}
	}
	for _, what := range []string{
		"swipe", "rewind", "unfriend", "is_friend", "deal", "friends", "likes", "quotas", "events", "me", "edit", "impatient", "keyed rewind",
		"self", "nobody", "like", "superlike", "dislike", "contradiction", "couple", "misused key", "repeated", "repeated with a key",
	} {
		require.NotZero(t, seen[what], "%s was never tried: %v", what, seen)
	}
	share := float64(seen["couple"]) / float64(seen["swipe"])
	require.InDelta(t, 0.3, share, 0.08, "of the swipes are couples'")
	for pair, on := range nodes {
		slices.Sort(on)
		require.Equal(t, []int{0, 1}, on, "couple %v: each through another node", pair)
	}
}

func TestWithoutRoomNothingNewIsSwiped(t *testing.T) {
	t.Parallel()
	d := play(t, 5_000, func(o *swipers.Options) { o.Room = func(_, swipes int64) bool { return swipes < 200 } })
	pairs := map[[2]social.UserID]bool{}
	for _, c := range d.calls {
		if c.kind == checker.Swipe && c.uid != c.sid && c.sid <= users {
			pairs[[2]social.UserID{c.uid, c.sid}] = true
		}
	}
	require.Less(t, len(pairs), 220)
}

func TestAnOpenLoopSendsWhenItIsMeantTo(t *testing.T) {
	t.Parallel()
	const rate = 2000
	start := time.Now()
	d := play(t, 1000, func(o *swipers.Options) { o.Concurrency, o.Rate = 0, rate })
	require.GreaterOrEqual(t, time.Since(start), 400*time.Millisecond)
	at := map[time.Time]int{}
	for _, c := range d.calls {
		require.False(t, c.how.Intended.IsZero())
		at[c.how.Intended]++
	}
	for when, n := range at {
		require.LessOrEqual(t, n, 2, "only couples share a moment: %s", when)
	}
}

func TestTastesAreAsPublished(t *testing.T) {
	t.Parallel()
	const n = 20_000
	var men, women, activity, busiest float64
	for uid := social.UserID(1); uid <= n; uid++ {
		taste := swipers.TasteOf(3, uid)
		men += taste.Likes(social.SexMale) / n
		women += taste.Likes(social.SexFemale) / n
		activity += taste.Activity / n
		busiest = math.Max(busiest, taste.Activity)
	}
	require.InDelta(t, 0.46, men, 0.03)
	require.InDelta(t, 0.14, women, 0.01)
	require.InDelta(t, 1, activity, 0.05)
	require.Greater(t, busiest, 15.0, "a few do a lot")
	require.NotEqual(t, swipers.TasteOf(3, 7), swipers.TasteOf(4, 7))
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	good := swipers.Options{Door: &door{users: users}, People: ids(2), Nodes: 1, Tag: "t", Concurrency: 1}
	_, err := swipers.New(good)
	require.NoError(t, err)
	for name, spoil := range map[string]func(*swipers.Options){
		"no door":     func(o *swipers.Options) { o.Door = nil },
		"nobody":      func(o *swipers.Options) { o.People = ids(1) },
		"no node":     func(o *swipers.Options) { o.Nodes = 0 },
		"no tag":      func(o *swipers.Options) { o.Tag = "" },
		"both loops":  func(o *swipers.Options) { o.Rate = 1 },
		"neither":     func(o *swipers.Options) { o.Concurrency = 0 },
		"too coupled": func(o *swipers.Options) { o.Couples = 1.01 },
	} {
		bad := good
		spoil(&bad)
		_, err := swipers.New(bad)
		require.Error(t, err, name)
	}
}
