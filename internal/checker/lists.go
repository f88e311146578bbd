package checker

import (
	"fmt"

	"github.com/swiperhq/swiper/social"
)

// noteListed notes whom anybody's list names as a friend.
func (t *table) noteListed(ops []Op) {
	for i := range ops {
		if op := &ops[i]; op.Kind == Friends && op.Acked() {
			for _, other := range op.List {
				if id, known := t.ids[social.PairOf(op.UID, other)]; known {
					t.pairs[id].listed = true
				}
			}
		}
	}
}

// listReader turns lists into acts of pairs.
//
// A list of several pages is no one moment's truth. But whoever is on it stood
// there when their page was read, and who stood there from call to return is on
// it; so for each pair by itself it is a read at some moment of its interval.
type listReader struct {
	*table
	found *findings
	times map[social.UserID]int // how often the list at hand names someone
}

func (r *listReader) take(i int32, op *Op) {
	if !op.Acked() || (op.Initial && r.fresh) {
		return // what is said to be fresh was empty
	}
	switch op.Kind { //nolint:exhaustive // the others are no lists of people
	case Friends, Likes:
		r.count(op)
		r.strangers(op)
		r.members(i, op)
	case Deal:
		r.deal(i, op)
	}
}

func (r *listReader) count(op *Op) {
	clear(r.times)
	for _, other := range op.List {
		r.times[other]++
	}
}

// strangers looks for people on the list with whom nothing ever happened.
func (r *listReader) strangers(op *Op) {
	for other := range r.times {
		_, known := r.ids[social.PairOf(op.UID, other)]
		switch {
		case !known && r.fresh && op.Kind == Friends:
			r.report(PhantomMatch, op, other, "user %d's friends include %d, and neither ever swiped the other")
		case !known && r.fresh:
			r.report(Inconsistent, op, other, "user %d is told that %d likes them, who never swiped them")
		}
	}
}

func (r *listReader) report(kind AnomalyKind, op *Op, other social.UserID, format string) {
	read := *op
	read.SID, read.Matched, read.List = other, true, nil
	r.found.add(Anomaly{kind, fmt.Sprintf(format, op.UID, other), []Op{read}})
}

// members makes a read of each pair of the list's user.
func (r *listReader) members(i int32, op *Op) {
	for _, pair := range r.users[op.UID] {
		p := &r.pairs[pair]
		other := p.UID1 + p.UID2 - op.UID
		a := act{call: op.Call, ret: op.Return, op: i, side: sideOf(op.UID, other), matched: r.times[other] > 0}
		proves := r.mayBeFriends(pair)
		a.doubled = op.Kind == Friends && r.times[other] > 1
		if a.kind = actSeen; op.Kind == Likes {
			a.kind = actLiker
			proves = !r.fresh || a.matched || p.by[a.side.other()].likes > 0
		}
		if proves {
			r.loose = append(r.loose, looseAct{a, pair})
		}
	}
}

// deal makes a read of every pair of which somebody was dealt, unless the user
// had not tried to swipe them yet.
func (r *listReader) deal(i int32, op *Op) {
	for _, other := range op.List {
		if other == op.UID {
			r.report(DealtAgain, op, other, "user %d was dealt themself (%d)")
			continue
		}
		pair, known := r.ids[social.PairOf(op.UID, other)]
		if !known {
			continue
		}
		s := sideOf(op.UID, other)
		if !r.fresh || op.Return >= r.pairs[pair].by[s].firstSwipe {
			r.loose = append(r.loose, looseAct{act{call: op.Call, ret: op.Return, op: i, kind: actDealt, side: s, matched: true}, pair})
		}
	}
}
