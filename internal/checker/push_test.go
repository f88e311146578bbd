package checker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// connection is one for pushes, to which each event came when it was opened.
func connection(uid social.UserID, call, ret int64, events ...checker.Event) checker.Op {
	op := checker.Op{Kind: checker.Pushes, UID: uid, Call: call, Return: ret}
	for _, e := range events {
		e.At = call
		op.Events = append(op.Events, e)
	}
	return op
}

func TestPushes(t *testing.T) {
	t.Parallel()
	a, b, c := match("a", 2), unmatch("b", 2), match("c", 2)
	like := unmatched(rewound(2, 1, social.MarkLike, 7))
	before := after(matchOf(), like, matched(liked(2, 1, 9)), reads(1, 2, 12, true))
	listed := told(1, 30, a, b, c)
	other := told(2, 30, match("x", 1), match("y", 1))
	long := int64(time.Hour)
	both := after(before, listed, other)
	tell(t, fresh, []story{
		{"all of them", after(both, connection(1, 1, 40, a, b, c)), nil},
		{"on two connections", after(both, connection(1, 20, 40, b, c), connection(1, 1, 15, a)), nil},
		{"one passed over", after(both, connection(1, 1, 40, a, c)), is(checker.MissedPush)},
		{"the first passed over", after(both, connection(1, 1, 40, b, c)), is(checker.MissedPush)},
		{"passed over between connections", after(both, connection(1, 1, 15, a), connection(1, 20, 40, c)), is(checker.MissedPush)},
		{"out of order", after(both, connection(1, 1, 40, a, c, b)), is(checker.MissedPush)},
		{"twice", after(both, connection(1, 1, 40, a, a, b, c)), is(checker.DoubledPush)},
		{"again behind the cursor", after(both, connection(1, 1, 15, a, b), connection(1, 20, 40, b, c)), is(checker.DoubledPush)},
		{"of nothing", after(both, connection(1, 1, 40, a, b, c, match("z", 9))), is(checker.PhantomPush)},
		{"of another match", after(both, connection(1, 1, 40, a, b, match("c", 9))), is(checker.PhantomPush)},
		{"the last may be under way", after(both, connection(1, 1, 40, a, b)), nil},
		{"not for ever", after(both, connection(1, 1, long, a, b)), is(checker.MissedPush)},
		{"nor does a later connection make up for it", after(both, connection(1, 1, long, a, b), connection(1, long+1, long+2, c)), is(checker.MissedPush)},
		{"what came after the reading", after(both, connection(1, 31, 40, a, b, c, match("z", 9))), nil},
		{"nobody read", after(matchOf(), connection(2, 1, 40, match("x", 1), match("x", 1))), nil},
	})
}

func TestPushesOfARunUnderFaults(t *testing.T) {
	t.Parallel()
	minute := int64(time.Minute)
	ops := after(matchOf(), told(1, 30, match("a", 2)), connection(1, 1, minute))
	story{"silent for a minute", ops, is(checker.MissedPush)}.require(t, fresh)
	faulty := fresh
	faulty.Faults = []checker.Fault{{Name: "pause", From: 1, To: 2}}
	story{"a node may have been paused", ops, nil}.require(t, faulty)
	ops[len(ops)-1].Return = 2 * minute
	story{"not for so long", ops, is(checker.MissedPush)}.require(t, faulty)
}

// Listeners who hear nothing prove nothing.
func TestListeningIsNeeded(t *testing.T) {
	t.Parallel()
	meta := fresh
	meta.Listeners = 2
	judge := func(ops ...checker.Op) checker.Verdict {
		return checker.Judge(&checker.Run{Meta: meta, Ops: append(couples(40), ops...)},
			checker.JudgeOptions{MinAcknowledged: 80, MinMatches: 40, MinCouples: 40})
	}
	v := judge()
	require.Equal(t, checker.Void, v.Outcome)
	require.Contains(t, v.Why[0], "2 listeners")

	heard, silent := told(1, int64(time.Second), match("a", 2)), told(3, int64(time.Second), match("b", 4))
	v = judge(heard, silent, connection(1, 0, int64(time.Second), match("a", 2)), connection(3, 0, int64(time.Second), match("b", 4)))
	require.Equal(t, checker.Clean, v.Outcome, v.Why)
	require.Equal(t, 2, v.Pushes)

	v = judge(heard, silent, connection(1, 0, int64(time.Second)), connection(3, 0, int64(time.Second)))
	require.Equal(t, checker.Void, v.Outcome)
	require.Contains(t, v.Why[0], "2 of 2 events")

	meta.Faults = []checker.Fault{{Name: "cut", From: 1, To: 1}}
	v = judge(heard, silent, connection(1, 0, int64(time.Second), match("a", 2)), connection(3, 0, int64(time.Second)))
	require.Equal(t, checker.Clean, v.Outcome, "one of them may not have noticed yet: %v", v.Why)
}
