package checker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

const budget = 5 * time.Second

func swipe(uid, sid social.UserID, m social.Mark, call, ret int64, matched, repeated bool) checker.Op {
	return checker.Op{Kind: checker.Swipe, UID: uid, SID: sid, Mark: m, Call: call, Return: ret, Matched: matched, Repeated: repeated}
}

func reads(uid, sid social.UserID, call int64, friends bool) checker.Op {
	return checker.Op{Kind: checker.IsFriend, UID: uid, SID: sid, Call: call, Return: call + 1, Matched: friends}
}

func lost(op checker.Op) checker.Op {
	op.Code = checker.Unknown
	return op
}

func refused(op checker.Op, code social.Code) checker.Op {
	op.Code = code
	return op
}

func TestCheckPairs(t *testing.T) {
	t.Parallel()
	rewind := checker.Op{Kind: checker.Rewind, UID: 1, SID: 2, Mark: social.MarkLike, Call: 20, Return: 21, Unmatched: true}
	unfriend := checker.Op{Kind: checker.Unfriend, UID: 2, SID: 1, Call: 20, Return: 21}
	match := []checker.Op{
		swipe(1, 2, social.MarkLike, 0, 10, false, false),
		swipe(2, 1, social.MarkLike, 5, 11, true, false),
	}
	cases := []struct {
		name string
		ops  []checker.Op
		ok   bool
	}{
		{"simultaneous likes, one told", append(match, reads(1, 2, 12, true), reads(2, 1, 12, true)), true},
		{"lost match", append(match[:1:1], swipe(2, 1, social.MarkLike, 5, 11, false, false)), false},
		{"lost match, seen at the end only", append(match, reads(1, 2, 12, false)), false},
		{"one-sided", append(match, reads(1, 2, 12, true), reads(2, 1, 12, false)), false},
		{"both told, stored together", []checker.Op{swipe(1, 2, social.MarkLike, 0, 10, true, false), swipe(2, 1, social.MarkLike, 5, 11, true, false)}, true},
		{"told before the other liked", []checker.Op{swipe(1, 2, social.MarkLike, 0, 4, true, false), swipe(2, 1, social.MarkLike, 5, 11, true, false)}, false},
		{"neither told", []checker.Op{swipe(1, 2, social.MarkLike, 0, 10, false, false), swipe(2, 1, social.MarkLike, 5, 11, false, false), reads(1, 2, 12, true)}, false},
		{"phantom", []checker.Op{swipe(1, 2, social.MarkLike, 0, 1, false, false), reads(1, 2, 3, true)}, false},
		{"match on a refused like", []checker.Op{
			swipe(1, 2, social.MarkDislike, 0, 1, false, false), swipe(2, 1, social.MarkLike, 2, 3, false, false),
			refused(swipe(1, 2, social.MarkLike, 4, 5, false, false), social.CodeAlreadySwiped), reads(1, 2, 6, true),
		}, false},
		{"rewind ends it", append(match, rewind, reads(2, 1, 30, false)), true},
		{"rewind left the friendship", append(match, rewind, reads(2, 1, 30, true)), false},
		{"rewind left the swipe", append(match, rewind, swipe(1, 2, social.MarkLike, 30, 31, true, true)), false},
		{"unfriended", append(match, unfriend, refused(swipe(2, 1, social.MarkLike, 30, 31, false, false), social.CodeAlreadySwiped), reads(1, 2, 40, false)), true},
		{"retried like resurrects", append(match, unfriend, swipe(2, 1, social.MarkLike, 30, 31, true, true)), false},
		{"unfriend refused though friends", append(match, refused(unfriend, social.CodeNotFriends)), false},
		{"acknowledged swipe lost", []checker.Op{swipe(1, 2, social.MarkDislike, 0, 1, false, false), swipe(1, 2, social.MarkDislike, 2, 3, false, false)}, false},
		{"unknown swipe happened", []checker.Op{lost(swipe(1, 2, social.MarkLike, 0, 0, false, false)), swipe(2, 1, social.MarkLike, 2, 3, true, false)}, true},
		{"unknown swipe did not happen", []checker.Op{lost(swipe(1, 2, social.MarkLike, 0, 0, false, false)), swipe(2, 1, social.MarkLike, 2, 3, false, false), reads(1, 2, 9, false)}, true},
		{"unknown swipe cannot do both", []checker.Op{
			lost(swipe(1, 2, social.MarkLike, 0, 0, false, false)), swipe(2, 1, social.MarkLike, 2, 3, true, false), reads(1, 2, 9, false),
		}, false},
		{"unknown rewind may explain", append(match, lost(checker.Op{Kind: checker.Rewind, UID: 1, Call: 20}), reads(1, 2, 30, false)), true},
		{"a full quota says that nothing stood", append(match[:1:1], refused(swipe(1, 2, social.MarkLike, 20, 21, false, false), social.CodeLikeQuotaExceeded)), false},
		{"an overloaded node says nothing", append(match[:1:1], refused(swipe(1, 2, social.MarkDislike, 20, 21, false, false), social.CodeOverloaded)), true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var h checker.History
			for _, op := range c.ops {
				h.Add(op)
			}
			found := checker.CheckPairs(h.Ops(), budget)
			if c.ok {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, checker.PairBroken, found[0].Kind)
		})
	}
}

func TestCheckQuotas(t *testing.T) {
	t.Parallel()
	limits := map[social.Action]social.Limit{social.ActionRewind: social.NoLimit, social.ActionLike: 1, social.ActionSuperlike: social.NoLimit}
	ops := []checker.Op{
		swipe(1, 2, social.MarkLike, 0, 1, false, false),
		swipe(1, 2, social.MarkLike, 2, 3, false, true),
		refused(swipe(1, 3, social.MarkLike, 4, 5, false, false), social.CodeLikeQuotaExceeded),
		swipe(1, 4, social.MarkSuperlike, 6, 7, false, false),
		{Kind: checker.Rewind, UID: 1, SID: 4, Mark: social.MarkSuperlike, Call: 8, Return: 9},
	}
	kinds := func(ops []checker.Op, like, rewind int) (out []checker.AnomalyKind) {
		for _, a := range checker.CheckQuotas(ops, checker.Used{1: {social.ActionLike: like, social.ActionRewind: rewind}}, limits) {
			out = append(out, a.Kind)
		}
		return out
	}
	require.Empty(t, kinds(ops, 1, 1))
	require.Equal(t, []checker.AnomalyKind{checker.QuotaMismatch}, kinds(ops, 2, 1))
	require.Equal(t, []checker.AnomalyKind{checker.QuotaMismatch}, kinds(ops, 1, 0))
	over := append(ops[:5:5], swipe(1, 5, social.MarkLike, 10, 11, false, false))
	require.Equal(t, []checker.AnomalyKind{checker.QuotaOverrun}, kinds(over, 2, 1))
	maybe := append(ops[:5:5], lost(swipe(1, 5, social.MarkLike, 10, 0, false, false)))
	require.Empty(t, kinds(maybe, 2, 1))
}

func TestCheckRewindOrder(t *testing.T) {
	t.Parallel()
	ops := []checker.Op{
		swipe(1, 2, social.MarkLike, 0, 1, false, false),
		swipe(1, 3, social.MarkDislike, 2, 3, false, false),
	}
	rewound := func(sid social.UserID) checker.Op {
		return checker.Op{Kind: checker.Rewind, UID: 1, SID: sid, Call: 10, Return: 11}
	}
	require.Empty(t, checker.CheckRewindOrder(append(ops[:2:2], rewound(3))))
	require.Len(t, checker.CheckRewindOrder(append(ops[:2:2], rewound(2))), 1)
	require.Len(t, checker.CheckRewindOrder(append(ops[:2:2], refused(rewound(0), social.CodeNothingToRewind))), 1)
	overlapping := append(ops[:2:2], rewound(2))
	overlapping[1].Return = 99
	require.Empty(t, checker.CheckRewindOrder(overlapping))
}
