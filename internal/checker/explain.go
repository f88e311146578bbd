package checker

import (
	"fmt"
	"math"
)

// judgePair gives the anomaly of one pair, "" if all is well. It is Inconsistent
// where no order was found; charges then gives the suspects that explain it, a
// bit for each.
func (s *search) judgePair(acts []act) (kind AnomalyKind, charges uint) {
	spare(acts)
	switch s.order(acts, noDefect) {
	case outOfTime:
		return Undecided, 0
	case explained:
		if doubled(acts) {
			return DoubledMatch, 0
		}
		return "", 0
	case unexplained:
	}
	if oneSided(acts) {
		return OneSidedMatch, 0
	}
	for i, suspect := range suspects() {
		if s.order(acts, suspect.defect) == explained {
			charges |= 1 << i
		}
	}
	if charges == 0 && s.order(acts, staleRepeats) == explained {
		return StaleAnswer, 0
	}
	return Inconsistent, charges
}

// spare marks what need not be looked at in the search for an order: of the
// unknown operations that do the same, one more than can be undone. Those called
// first stay, since they can do whatever later ones can. It keeps the search
// short where a client tried again and again while nobody answered.
func spare(acts []act) {
	var undone [2]int
	for i := range acts {
		if a := &acts[i]; a.kind == actRewind {
			undone[a.side]++
		}
	}
	var swipes [2][marks]int
	var unfriendings [2]int
	for i := range acts {
		a := &acts[i]
		switch {
		case a.said != saidNothing:
		case a.kind == actSwipe:
			a.spare = swipes[a.side][a.mark] > undone[a.side]
			swipes[a.side][a.mark]++
		case a.kind == actUnfriend:
			a.spare = unfriendings[a.side] > 0 // an ended mark is ended for good
			unfriendings[a.side]++
		}
	}
}

// convict names the anomalies of pairs that several suspects explain: systems
// have few defects, so those that explain most pairs are taken first.
func convict(pairs []brokenPair) {
	list := suspects()
	for {
		counts := make([]int, len(list))
		worst := 0
		for _, p := range pairs {
			for i := range list {
				if p.charges&(1<<i) != 0 {
					counts[i]++
				}
			}
		}
		for i, n := range counts {
			if n > counts[worst] {
				worst = i
			}
		}
		if counts[worst] == 0 {
			return
		}
		for i := range pairs {
			if p := &pairs[i]; p.charges&(1<<worst) != 0 {
				p.kind, p.charges = list[worst].kind, 0
			}
		}
	}
}

// brokenPair is a pair with an anomaly, or with charges that may be one.
type brokenPair struct {
	pair    int32
	kind    AnomalyKind
	charges uint
}

// oneSided tells whether the two sides read different things of their
// friendship at the end of a time in which nothing can have changed it.
func oneSided(acts []act) bool {
	var last [2]*act
	for i := range acts {
		if a := &acts[i]; a.kind == actSeen && (last[a.side] == nil || a.call >= last[a.side].call) {
			last[a.side] = a
		}
	}
	if last[0] == nil || last[1] == nil || last[0].matched == last[1].matched {
		return false
	}
	return quiet(acts, min(last[0].call, last[1].call), max(last[0].ret, last[1].ret))
}

// quiet tells whether nothing can have changed the pair between from and to.
func quiet(acts []act, from, to int64) bool {
	for i := range acts {
		if a := &acts[i]; a.changes() && a.call <= to && a.ret >= from {
			return false
		}
	}
	return true
}

// doubled tells whether a list of friends named the other side twice. A
// friendship that is made anew between two pages moves to the top, so it proves
// something only if nothing happened meanwhile.
func doubled(acts []act) bool {
	for i := range acts {
		if a := &acts[i]; a.doubled && quiet(acts, a.call, a.ret) {
			return true
		}
	}
	return false
}

// sentence says of two people what an anomaly of theirs means.
func (k AnomalyKind) sentence(p *summary) string {
	what := "%s: no order of what they did explains what they were told"
	switch k { //nolint:exhaustive // the others are told where they are found
	case LostMatch:
		what = "%s like each other and are not friends"
	case PhantomMatch:
		what = "%s are friends without two likes that stand"
	case DoubledMatch:
		what = "%s: a list of friends names one of them more than once"
	case OneSidedMatch:
		what = "%s: one of them has the other as a friend, and not the other way round"
	case LostSwipe:
		what = "%s: an acknowledged swipe or unfriending is gone"
	case RewindLeftSwipe:
		what = "%s: a swipe stands although its rewind was acknowledged"
	case ResurrectedLike:
		what = "%s: a like or a friendship stands again after an unfriending"
	case DealtAgain:
		what = "%s: one was dealt to the other, whose mark on them stood"
	case StaleAnswer:
		what = "%s: a repetition was told what was true at no moment of it"
	case Undecided:
		what = "%s: no order was found or excluded in time"
	}
	return fmt.Sprintf(what, p)
}

// retell turns acts back into operations for people.
func retell(ops []Op, p *summary, acts []act) []Op {
	out := make([]Op, 0, len(acts))
	for i := range acts {
		a := &acts[i]
		if a.kind == actTold {
			continue // told by its swipe
		}
		op := ops[a.op]
		op.UID, op.SID, op.List = p.user(a.side), p.user(a.side.other()), nil
		if op.Kind == Friends {
			op.Kind = IsFriend
		}
		if a.kind >= actSeen {
			op.Matched = a.matched
		}
		out = append(out, op)
	}
	return out
}

// formations counts how often a friendship was made and its maker told so,
// looking only at answers that came before until. Two likes that were stored
// together are both told of one friendship.
func formations(acts []act, until int64) int {
	n := 0
	last, by := int64(math.MinInt64), side(0) // the latest that still wants its other half
	for i := range acts {
		a := &acts[i]
		if a.kind != actTold || a.repeated || a.ret >= until {
			continue
		}
		if a.side != by && a.call <= last {
			last = math.MinInt64 // one friendship, and both know
			continue
		}
		n++
		last, by = a.ret, a.side
	}
	return n
}
