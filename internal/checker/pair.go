package checker

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/swiperhq/swiper/social"
)

// pairState is what stands between two people: the mark of the lower id on the
// higher, and the other way round; 0 for none.
type pairState struct{ low, high social.Mark }

func (s pairState) friends() bool { return s.low.Likes() && s.high.Likes() }

// markOf points at the mark of op's user in s.
func markOf(s *pairState, op *Op) *social.Mark {
	if op.UID < op.SID {
		return &s.low
	}
	return &s.high
}

// step tells whether op's answer fits state s, and what stands afterwards.
func step(s pairState, op *Op) (bool, pairState) {
	before := s.friends()
	mine := markOf(&s, op)
	switch op.Kind {
	case Swipe:
		return stepSwipe(s, op)
	case Rewind:
		if op.Code == Unknown {
			if *mine != social.MarkEnded {
				*mine = 0
			}
			return true, s
		}
		fits := *mine == op.Mark && op.Mark != 0 && op.Unmatched == before
		*mine = 0
		return fits, s
	case Unfriend:
		if op.Code != Unknown && op.Acked() != before {
			return false, s
		}
		if before {
			*mine = social.MarkEnded
		}
		return true, s
	case IsFriend:
		return op.Matched == before, s
	}
	return false, s
}

func stepSwipe(s pairState, op *Op) (bool, pairState) {
	mine := markOf(&s, op)
	stood := *mine
	if stood == 0 && (op.Acked() || op.Code == Unknown) {
		*mine = op.Mark
	}
	switch op.Code {
	case "":
		return *mine == op.Mark && op.Repeated == (stood != 0) && (op.Matched || !s.friends()), s
	case Unknown:
		return true, s
	case social.CodeAlreadySwiped:
		return stood != 0 && stood != op.Mark, s
	default: // a quota's refusal: only what is new is charged
		return stood == 0, s
	}
}

// tells says whether a refusal carries knowledge about the pair; the others
// (limits of the door, an overloaded node) changed nothing and prove nothing.
func tells(op *Op) bool {
	switch op.Code { //nolint:exhaustive // every other refusal is silent
	case "", Unknown, social.CodeAlreadySwiped, social.CodeNotFriends, social.CodeLikeQuotaExceeded, social.CodeSuperlikeQuotaExceeded:
		return true
	}
	return false
}

// pairs splits a history by pair.
//
// The answer matched=true says that the friendship stands when the transaction
// ends. One transaction may store both directions of a pair, and then both are
// told so; it becomes a read of its own, somewhere between call and answer.
//
// A rewind whose answer never came may have hit any pair that its user had
// touched, so it joins them all.
func pairs(ops []Op) map[social.Pair][]Op {
	byPair := map[social.Pair][]Op{}
	touched := map[social.UserID]map[social.Pair]bool{}
	for _, op := range ops {
		if op.SID == 0 || !tells(&op) {
			continue
		}
		p := social.PairOf(op.UID, op.SID)
		byPair[p] = append(byPair[p], op)
		if op.Kind == Swipe && op.Acked() && op.Matched {
			read := op
			read.Kind = IsFriend
			byPair[p] = append(byPair[p], read)
		}
		if op.Kind == Swipe {
			if touched[op.UID] == nil {
				touched[op.UID] = map[social.Pair]bool{}
			}
			touched[op.UID][p] = true
		}
	}
	for _, op := range ops {
		if op.Kind != Rewind || op.Code != Unknown {
			continue
		}
		for p := range touched[op.UID] {
			joined := op
			joined.SID = p.UID1 + p.UID2 - op.UID
			byPair[p] = append(byPair[p], joined)
		}
	}
	return byPair
}

// CheckPairs looks, pair by pair, for an order of the operations that explains
// every answer (linearizability). budget bounds the search for one pair.
func CheckPairs(ops []Op, budget time.Duration) []Anomaly {
	model := porcupine.Model{
		Init: func() any { return pairState{} },
		Step: func(state, in, _ any) (bool, any) { return unpack(step(state.(pairState), in.(*Op))) },
	}
	var found []Anomaly
	for p, of := range pairs(ops) {
		history := make([]porcupine.Operation, len(of))
		for i := range of {
			history[i] = porcupine.Operation{ClientId: i, Input: &of[i], Call: of[i].Call, Return: of[i].Return}
		}
		switch porcupine.CheckOperationsTimeout(model, history, budget) {
		case porcupine.Ok:
		case porcupine.Illegal:
			found = append(found, Anomaly{PairBroken, fmt.Sprintf("%d–%d: %s", p.UID1, p.UID2, tell(of))})
		case porcupine.Unknown:
			found = append(found, Anomaly{PairUndecided, fmt.Sprintf("%d–%d: %s", p.UID1, p.UID2, tell(of))})
		}
	}
	return found
}

func unpack(ok bool, s pairState) (bool, any) { return ok, s }

// tell writes a pair's history for people, in order of the calls.
func tell(ops []Op) string {
	slices.SortFunc(ops, func(a, b Op) int { return int(a.Call - b.Call) })
	lines := make([]string, len(ops))
	for i, op := range ops {
		lines[i] = fmt.Sprintf("[%d..%d] %d %s %d %s code=%q matched=%t repeated=%t unmatched=%t",
			op.Call, op.Return, op.UID, op.Kind, op.SID, op.Mark, op.Code, op.Matched, op.Repeated, op.Unmatched)
	}
	return strings.Join(lines, "; ")
}
