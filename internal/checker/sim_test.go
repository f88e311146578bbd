package checker_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// The population of a simulated run: between the careful users no answer is
// lost, so whatever goes wrong there can be seen.
const (
	careful = social.UserID(3)
	people  = social.UserID(6)
)

// simulate plays a random run against a world with a flaw, then reads and probes
// everything as a load test does. It also tells how often the flaw showed.
func simulate(seed uint64, actions int, f flaw) (*checker.Run, int) {
	dice := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(dice, people, f, careful)
	const end = 1_000_000
	var during, late []request
	for range actions {
		for _, r := range randomRequests(dice, end) {
			if r.at > end {
				late = append(late, r)
			} else {
				during = append(during, r)
			}
		}
	}
	ops := w.play(during)
	ops = append(ops, w.play(finalRequests(ops, end, late))...)
	dice.Shuffle(len(ops), func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
	var h checker.History
	for _, op := range ops {
		h.Add(op)
	}
	return &checker.Run{
		Meta: checker.Meta{Fresh: true, Users: int(people), Limits: w.limits, Probed: true},
		Ops:  h.Ops(),
	}, w.fired
}

// randomRequests gives one action: a request, its attempts under a key, or two
// likes at once.
func randomRequests(dice *rand.Rand, end int64) []request {
	uid := social.UserID(dice.Int64N(int64(people)) + 1)
	sid := uid%people + 1
	if n := social.UserID(dice.Int64N(int64(people)) + 1); n != uid {
		sid = n
	}
	op := checker.Op{UID: uid, SID: sid}
	marks := []social.Mark{social.MarkLike, social.MarkLike, social.MarkLike, social.MarkLike, social.MarkSuperlike, social.MarkDislike}
	switch n := dice.IntN(100); {
	case n < 55:
		op.Kind, op.Mark = checker.Swipe, marks[dice.IntN(len(marks))]
	case n < 67:
		op.Kind, op.SID = checker.Rewind, 0
	case n < 76:
		op.Kind = checker.Unfriend
	case n < 82:
		op.Kind = checker.IsFriend
	default:
		kinds := []checker.Kind{checker.Deal, checker.Deal, checker.Friends, checker.Likes, checker.Quotas}
		op.Kind, op.SID = kinds[dice.IntN(len(kinds))], 0
	}
	at := dice.Int64N(end)
	switch n := dice.IntN(10); {
	case op.Kind == checker.Swipe && n == 0:
		back := checker.Op{Kind: checker.Swipe, UID: sid, SID: uid, Mark: social.MarkLike, Couple: true}
		op.Mark, op.Couple = social.MarkLike, true
		one, two := timed(dice, op, at), timed(dice, back, at)
		one.lost, two.lost, one.never, two.never = false, false, false, false
		one.at, two.at, one.batch = at, at, dice.IntN(2) == 0
		return []request{one, two}
	case (op.Kind == checker.Swipe || op.Kind == checker.Rewind) && n < 3:
		op.Key = fmt.Sprint("key", dice.Uint64())
		var out []request
		for range dice.IntN(3) + 1 {
			out = append(out, timed(dice, op, at))
			at += dice.Int64N(20_000)
		}
		return out
	}
	return []request{timed(dice, op, at)}
}

// timed puts op around the moment at. Some answers of careless users are lost,
// and then the effect may come much later.
func timed(dice *rand.Rand, op checker.Op, at int64) request {
	r := request{op: op, at: at}
	r.op.Call, r.op.Return = at-dice.Int64N(20_000), at+dice.Int64N(20_000)
	if op.UID > careful && (op.Kind == checker.Swipe || op.Kind == checker.Rewind || op.Kind == checker.Unfriend) && dice.IntN(6) == 0 {
		r.lost = true
		switch dice.IntN(4) {
		case 0:
			r.never = true
		case 1:
			r.at += dice.Int64N(1_500_000)
		}
	}
	return r
}

// finalRequests reads everyone's lists, then repeats every swipe that was
// acknowledged, with late effects of unknown operations in between.
func finalRequests(ops []checker.Op, end int64, late []request) []request {
	out := slices.Clone(late)
	at := end + 30_000
	ask := func(op checker.Op) {
		op.Probe, op.Call, op.Return = true, at, at+50
		out = append(out, request{op: op, at: at + 20})
		at += 100
	}
	for _, kind := range []checker.Kind{checker.Friends, checker.Likes, checker.Quotas, checker.Events, checker.Deal} {
		for uid := social.UserID(1); uid <= people; uid++ {
			ask(checker.Op{Kind: kind, UID: uid})
		}
	}
	var standing, taken []checker.Op
	asked := map[direction]social.Mark{}
	rewound := map[direction]bool{}
	for _, op := range ops {
		d := direction{op.UID, op.SID}
		switch {
		case !op.Acked():
		case op.Kind == checker.Swipe:
			asked[d] = op.Mark
			delete(rewound, d)
		case op.Kind == checker.Rewind:
			rewound[d] = true
		}
	}
	for _, d := range slices.SortedFunc(maps.Keys(asked), func(a, b direction) int {
		return cmp.Or(cmp.Compare(a.uid, b.uid), cmp.Compare(a.sid, b.sid))
	}) {
		m := asked[d]
		probe := checker.Op{Kind: checker.Swipe, UID: d.uid, SID: d.sid, Mark: m}
		if rewound[d] {
			taken = append(taken, probe)
		} else {
			standing = append(standing, probe)
		}
	}
	for _, op := range append(standing, taken...) {
		ask(op)
	}
	return out
}
