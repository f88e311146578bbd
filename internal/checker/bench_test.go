package checker_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// BenchmarkJudge judges a million operations on 200,000 pairs of 20,000 users:
// two likes that meet, or one swipe and its repetitions, each probed at the end,
// everyone's lists read.
func BenchmarkJudge(b *testing.B) {
	run := largeRun(20_000, 200_000)
	b.Logf("%d operations", len(run.Ops))
	for b.Loop() {
		v := checker.Judge(run, checker.JudgeOptions{})
		require.Equal(b, checker.Clean, v.Outcome, "%v", v.Why)
		require.GreaterOrEqual(b, v.Pairs, 190_000)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*200_000), "µs/pair")
}

func largeRun(users social.UserID, pairs int) *checker.Run {
	dice := rand.New(rand.NewPCG(1, 2))
	w := newWorld(dice, users, sound, 0)
	run := &checker.Run{Meta: checker.Meta{Fresh: true, Probed: true, Limits: w.limits}}
	at := int64(0)
	add := func(op checker.Op) {
		op.Call, op.Return = at, at+300_000
		run.Ops = append(run.Ops, w.do(op))
		at += 20_000
	}
	type couple struct{ a, b social.UserID }
	var met []couple
	friends, likes := map[social.UserID][]social.UserID{}, map[social.UserID][]social.UserID{}
	seen := map[couple]bool{}
	for len(met) < pairs {
		c := couple{social.UserID(dice.Int64N(int64(users)) + 1), social.UserID(dice.Int64N(int64(users)) + 1)}
		if c.a >= c.b || seen[c] {
			continue
		}
		seen[c] = true
		met = append(met, c)
		swipe := checker.Op{Kind: checker.Swipe, UID: c.a, SID: c.b, Mark: social.MarkLike, Couple: true}
		add(swipe)
		if len(met)%2 == 0 {
			back := checker.Op{Kind: checker.Swipe, UID: c.b, SID: c.a, Mark: social.MarkLike, Couple: true}
			add(back)
			friends[c.a], friends[c.b] = append(friends[c.a], c.b), append(friends[c.b], c.a)
		} else {
			likes[c.b] = append(likes[c.b], c.a)
			add(swipe)
		}
		add(checker.Op{Kind: checker.IsFriend, UID: c.a, SID: c.b})
	}
	for uid := social.UserID(1); uid <= users; uid++ {
		for _, op := range []checker.Op{
			{Kind: checker.Friends, List: friends[uid]},
			{Kind: checker.Likes, List: likes[uid]},
			{Kind: checker.Events, Events: w.events[uid]},
			{Kind: checker.Quotas},
		} {
			op.UID, op.Probe, op.Call, op.Return = uid, true, at, at+300_000
			run.Ops = append(run.Ops, op)
			at += 20_000
		}
	}
	at += 1_000_000
	for i, c := range met {
		add(checker.Op{Kind: checker.Swipe, UID: c.a, SID: c.b, Mark: social.MarkLike, Probe: true})
		if i%2 == 1 {
			add(checker.Op{Kind: checker.Swipe, UID: c.b, SID: c.a, Mark: social.MarkLike, Probe: true})
		}
	}
	return run
}
