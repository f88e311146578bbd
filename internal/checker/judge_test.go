package checker_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// couples gives n pairs that like each other at once, a millisecond after each
// other, and whose friendship is read.
func couples(n int) []checker.Op {
	var ops []checker.Op
	for i := range n {
		at := int64(i) * int64(time.Millisecond)
		a, b := social.UserID(2*i+1), social.UserID(2*i+2)
		one, two := swiped(a, b, social.MarkLike, at, at+10), matched(swiped(b, a, social.MarkLike, at, at+12))
		one.Couple, two.Couple = true, true
		ops = append(ops, one, two, reads(a, b, at+20, true))
	}
	return ops
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	small := checker.JudgeOptions{MinAcknowledged: 80, MinMatches: 40, MinCouples: 40}
	judge := func(ops []checker.Op, change func(*checker.Meta)) checker.Verdict {
		meta := fresh
		change(&meta)
		return checker.Judge(&checker.Run{Meta: meta, Ops: ops}, small)
	}
	same := func(*checker.Meta) {}

	v := judge(couples(40), same)
	require.Equal(t, checker.Clean, v.Outcome, "%v", v.Why)
	require.Empty(t, v.Why)
	require.Equal(t, 80, v.Acknowledged)
	require.Equal(t, 40, v.Matches, "a couple that is told twice has matched once")
	require.Equal(t, 40, v.Couples)
	require.Equal(t, 40, v.Pairs)
	require.NotNil(t, v.Anomalies)

	for name, v := range map[string]checker.Verdict{
		"too little":        judge(couples(39), same),
		"not looked at":     judge(couples(40), func(m *checker.Meta) { m.Probed = false }),
		"looked at in part": judge(couples(40), func(m *checker.Meta) { m.Unprobed = 1 }),
		"silent under fault": judge(couples(40), func(m *checker.Meta) {
			m.Faults = []checker.Fault{{Name: "cut", From: 0, To: int64(2 * time.Second)}, {Name: "kill", From: 1, To: 2}}
		}),
	} {
		if name == "silent under fault" {
			require.Equal(t, checker.Void, v.Outcome, name)
			require.Len(t, v.Why, 1)
			require.Contains(t, v.Why[0], "kill", "40 couples in 40 ms are quick enough for the other")
			continue
		}
		require.Equal(t, checker.Void, v.Outcome, name)
		require.NotEmpty(t, v.Why, name)
	}

	v = judge(after(couples(1), disliked(8, 9, 50), disliked(8, 9, 60)), same)
	require.Equal(t, checker.Broken, v.Outcome, "broken beats void")
	require.Equal(t, map[checker.AnomalyKind]int{checker.LostSwipe: 1}, v.Anomalies)
}

func TestCounting(t *testing.T) {
	t.Parallel()
	v := checker.Judge(&checker.Run{Meta: fresh, Ops: []checker.Op{
		liked(1, 2, 0),
		refused(disliked(1, 2, 2), social.CodeAlreadySwiped),
		lost(liked(3, 4, 0)),
		refused(liked(5, 6, 0), social.CodeInternal),
		keyed("k", liked(7, 8, 0)), keyed("k", liked(7, 8, 9)), lost(keyed("k", liked(7, 8, 5))),
		probing(repeated(liked(1, 2, 90))),
		listed(checker.Friends, 1, 95),
	}}, checker.JudgeOptions{})
	require.Equal(t, 2, v.Acknowledged, "attempts under one key are one, probes are none")
	require.Equal(t, 1, v.Refused)
	require.Equal(t, 2, v.Unknown)
	require.Equal(t, 4, v.Pairs)
	require.Empty(t, v.Examples)
}

// TestExamples: all are counted, five are told, the simplest first.
func TestExamples(t *testing.T) {
	t.Parallel()
	var ops []checker.Op
	for uid := social.UserID(1); uid <= 40; uid += 2 {
		ops = append(ops, liked(uid, uid+1, 0))
		for at := int64(10); at < 10+10*int64(uid); at += 10 {
			ops = append(ops, repeated(liked(uid, uid+1, at)))
		}
		ops = append(ops, liked(uid, uid+1, 9000))
	}
	v := checker.Judge(&checker.Run{Meta: fresh, Ops: ops}, checker.JudgeOptions{Workers: 3})
	require.Equal(t, 20, v.Anomalies[checker.LostSwipe])
	require.Len(t, v.Examples, 5)
	require.Len(t, v.Examples[0].Ops, 3)
	require.Contains(t, v.Examples[0].String(), "user 1 swipe 2 like → ok, repeated")
	require.Contains(t, v.Why[0], "20 × lost_swipe")
}

// TestUndecided: a search that runs out of time is not taken for an order.
func TestUndecided(t *testing.T) {
	t.Parallel()
	var ops []checker.Op
	for i := range int64(14) { // so many ways to go wrong that the budget must end it
		ops = append(ops, lost(liked(1, 2, i)), lost(liked(2, 1, i)), lost(rewound(1, 0, 0, i)), lost(rewound(2, 0, 0, i)))
	}
	ops = append(ops, rewound(2, 1, social.MarkDislike, 100))
	now := time.Unix(0, 0)
	var mu sync.Mutex
	v := checker.Judge(&checker.Run{Meta: fresh, Ops: ops}, checker.JudgeOptions{PairBudget: time.Second, Workers: 1, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(700 * time.Millisecond)
		return now
	}})
	require.Equal(t, map[checker.AnomalyKind]int{checker.Undecided: 1}, v.Anomalies)
	require.Equal(t, checker.Broken, v.Outcome)
}

func TestHistoryTakesFromMany(t *testing.T) {
	t.Parallel()
	var h checker.History
	var wg sync.WaitGroup
	for uid := social.UserID(1); uid <= 100; uid++ {
		wg.Go(func() {
			for at := range int64(50) {
				h.Add(liked(uid, 1000+uid, at))
			}
		})
	}
	wg.Wait()
	h.Add(lost(disliked(1, 2, 0)))
	ops := h.Ops()
	require.Len(t, ops, 5001)
	for i := range ops[1:] {
		require.LessOrEqual(t, ops[i].Call, ops[i+1].Call)
	}
	for _, op := range ops {
		if op.Code == checker.Unknown {
			require.Greater(t, op.Return, int64(1)<<60, "it stays open")
		}
	}
}
