package checker_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// The pieces of which the tests write histories. Times are in no particular
// unit; what is written without an end returns one later.

func swiped(uid, sid social.UserID, m social.Mark, call, ret int64) checker.Op {
	return checker.Op{Kind: checker.Swipe, UID: uid, SID: sid, Mark: m, Call: call, Return: ret}
}

func liked(uid, sid social.UserID, call int64) checker.Op {
	return swiped(uid, sid, social.MarkLike, call, call+1)
}

func disliked(uid, sid social.UserID, call int64) checker.Op {
	return swiped(uid, sid, social.MarkDislike, call, call+1)
}

func rewound(uid, sid social.UserID, m social.Mark, call int64) checker.Op {
	return checker.Op{Kind: checker.Rewind, UID: uid, SID: sid, Mark: m, Call: call, Return: call + 1}
}

func unfriended(uid, sid social.UserID, call int64) checker.Op {
	return checker.Op{Kind: checker.Unfriend, UID: uid, SID: sid, Call: call, Return: call + 1}
}

func reads(uid, sid social.UserID, call int64, friends bool) checker.Op {
	return checker.Op{Kind: checker.IsFriend, UID: uid, SID: sid, Call: call, Return: call + 1, Matched: friends}
}

func listed(kind checker.Kind, uid social.UserID, call int64, list ...social.UserID) checker.Op {
	return checker.Op{Kind: kind, UID: uid, Call: call, Return: call + 1, List: list}
}

// uses reads the quotas of user 1.
func uses(call int64, a social.Action, n int) checker.Op {
	return checker.Op{Kind: checker.Quotas, UID: 1, Call: call, Return: call + 1, Used: map[social.Action]int{a: n}}
}

func told(uid social.UserID, call int64, events ...checker.Event) checker.Op {
	return checker.Op{Kind: checker.Events, UID: uid, Call: call, Return: call + 1, Events: events}
}

func match(id string, other social.UserID) checker.Event {
	return checker.Event{ID: id, Kind: string(social.EventMatch), Other: other}
}

func unmatch(id string, other social.UserID) checker.Event {
	return checker.Event{ID: id, Kind: string(social.EventUnmatched), Other: other}
}

// What an answer said besides.

func matched(op checker.Op) checker.Op    { op.Matched = true; return op }
func repeated(op checker.Op) checker.Op   { op.Repeated = true; return op }
func unmatched(op checker.Op) checker.Op  { op.Unmatched = true; return op }
func probing(op checker.Op) checker.Op    { op.Probe = true; return op }
func atTheStart(op checker.Op) checker.Op { op.Initial = true; return op }

func lost(op checker.Op) checker.Op { return refused(op, checker.Unknown) }

func refused(op checker.Op, code social.Code) checker.Op {
	op.Code = code
	return op
}

func keyed(key string, op checker.Op) checker.Op {
	op.Key = key
	return op
}

// matchOf is how 1 and 2 become friends.
func matchOf() []checker.Op {
	return []checker.Op{liked(1, 2, 0), matched(liked(2, 1, 5))}
}

// after adds to what happened before.
func after(before []checker.Op, then ...checker.Op) []checker.Op {
	return append(slices.Clip(before), then...)
}

// story is a history, and the anomalies it must be found to have.
type story struct {
	name string
	ops  []checker.Op
	want []checker.AnomalyKind
}

// require judges each story as a fresh run without limits.
func (s story) require(t *testing.T, meta checker.Meta) {
	t.Helper()
	v := checker.Judge(&checker.Run{Meta: meta, Ops: s.ops}, checker.JudgeOptions{})
	want := map[checker.AnomalyKind]int{}
	for _, kind := range s.want {
		want[kind]++
	}
	require.Equal(t, want, v.Anomalies, "%v", v.Examples)
}

func tell(t *testing.T, meta checker.Meta, stories []story) {
	t.Helper()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.require(t, meta)
		})
	}
}

func is(kinds ...checker.AnomalyKind) []checker.AnomalyKind { return kinds }
