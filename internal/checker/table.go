package checker

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/swiperhq/swiper/social"
)

// table holds what is known of every pair: its acts, grouped by pair.
type table struct {
	fresh bool
	ids   map[social.Pair]int32
	pairs []summary
	users map[social.UserID][]int32 // the pairs of each user

	loose []looseAct // while the table is being built
	acts  []act
	first []int32 // where each pair's acts begin, and the end
}

// summary is what tells, while a table is being built, which reads of a pair
// prove something.
type summary struct {
	social.Pair
	by     [2]sideSummary
	listed bool // read as friends, by somebody
}

// sideSummary is what one side may have done to the other.
type sideSummary struct {
	swipes, likes int32 // that may have been stored
	firstSwipe    int64 // its call
	taken         int32 // rewinds that are acknowledged
}

type looseAct struct {
	act
	pair int32
}

// newTable sorts ops by pair. Lists become one act for each pair that they say
// something about; acts that fit whatever may stand are left out.
func newTable(ops []Op, fresh bool, found *findings) *table {
	t := &table{fresh: fresh, ids: map[social.Pair]int32{}, users: map[social.UserID][]int32{}}
	for i := range ops {
		t.takeSingle(int32(i), &ops[i])
	}
	t.noteListed(ops)
	lists := listReader{table: t, found: found, times: map[social.UserID]int{}}
	for i := range ops {
		lists.take(int32(i), &ops[i])
	}
	t.joinUnknownRewinds(ops)
	t.group()
	return t
}

// takeSingle takes an operation that concerns one pair.
func (t *table) takeSingle(i int32, op *Op) {
	kind := actSwipe
	switch op.Kind { // lists come later, the rest concerns no pair
	case Swipe:
	case Rewind:
		kind = actRewind
	case Unfriend:
		kind = actUnfriend
	case IsFriend:
		kind = actSeen
	default:
		return
	}
	said := saidTo(kind, op.Code)
	if op.SID < 1 || op.UID < 1 || op.UID == op.SID || said == saidElse {
		return
	}
	if kind == actRewind && said != saidDone {
		return // joinUnknownRewinds knows better
	}
	a := act{
		call: op.Call, ret: op.Return, op: i, kind: kind, side: sideOf(op.UID, op.SID), mark: markOf(op.Mark), said: said,
		matched: op.Matched, repeated: op.Repeated, unmatched: op.Unmatched, probe: op.Probe,
	}
	pair := t.id(op.UID, op.SID)
	t.summarize(pair, &a)
	t.loose = append(t.loose, looseAct{a, pair})
	// The answer that the friendship stands is true when its transaction ends.
	// One transaction may store both directions of a pair, and then both are told
	// so: the answer becomes a read of its own, somewhere between call and return.
	if kind == actSwipe && said == saidDone && a.matched {
		a.kind = actTold
		t.loose = append(t.loose, looseAct{a, pair})
	}
}

func sideOf(uid, sid social.UserID) side {
	if uid < sid {
		return 0
	}
	return 1
}

func (t *table) summarize(pair int32, a *act) {
	s := &t.pairs[pair].by[a.side]
	switch {
	case a.kind == actSeen && a.matched:
		t.pairs[pair].listed = true
	case a.kind == actSwipe && a.changes():
		s.firstSwipe = min(s.firstSwipe, a.call)
		s.swipes++
		if a.mark.likes() {
			s.likes++
		}
	case a.kind == actSwipe && a.said == saidOtherMark:
		s.firstSwipe = min(s.firstSwipe, a.call)
	case a.kind == actRewind:
		s.taken++
	}
}

// id gives the number of a pair, a new one if need be.
func (t *table) id(uid, sid social.UserID) int32 {
	p := social.PairOf(uid, sid)
	id, known := t.ids[p]
	if !known {
		id = int32(len(t.pairs)) //nolint:gosec // fewer than 2³¹ pairs
		t.ids[p] = id
		none := sideSummary{firstSwipe: math.MaxInt64}
		t.pairs = append(t.pairs, summary{Pair: p, by: [2]sideSummary{none, none}})
		t.users[p.UID1] = append(t.users[p.UID1], id)
		t.users[p.UID2] = append(t.users[p.UID2], id)
	}
	return id
}

// joinUnknownRewinds adds a rewind whose answer never came to every pair that it
// may have hit: any that its user may have swiped. A pair needs no more of them
// than its user has swipes there, and those called first can do whatever later
// ones can.
func (t *table) joinUnknownRewinds(ops []Op) {
	unknown := map[social.UserID][]int32{}
	for i := range ops {
		if ops[i].Kind == Rewind && ops[i].Code == Unknown {
			unknown[ops[i].UID] = append(unknown[ops[i].UID], int32(i))
		}
	}
	for uid, rewinds := range unknown {
		slices.SortFunc(rewinds, func(a, b int32) int { return cmp.Compare(ops[a].Call, ops[b].Call) })
		for _, pair := range t.users[uid] {
			p := &t.pairs[pair]
			s := sideOf(uid, p.UID1+p.UID2-uid)
			useful := int(p.by[s].swipes - p.by[s].taken)
			if !t.fresh {
				useful++
			}
			for _, i := range rewinds[:max(0, min(useful, len(rewinds)))] {
				t.loose = append(t.loose, looseAct{act{call: ops[i].Call, ret: never, op: i, kind: actRewind, side: s, said: saidNothing}, pair})
			}
		}
	}
}

// group sorts the acts by pair, and within a pair by their calls.
func (t *table) group() {
	t.first = make([]int32, len(t.pairs)+1)
	for i := range t.loose {
		t.first[t.loose[i].pair+1]++
	}
	for i := range t.pairs {
		t.first[i+1] += t.first[i]
	}
	next := slices.Clone(t.first)
	t.acts = make([]act, len(t.loose))
	for i := range t.loose {
		at := &next[t.loose[i].pair]
		t.acts[*at] = t.loose[i].act
		*at++
	}
	t.loose = nil
}

// of gives the acts of a pair, which only the caller looks at.
func (t *table) of(pair int32) []act {
	acts := t.acts[t.first[pair]:t.first[pair+1]]
	slices.SortStableFunc(acts, func(a, b act) int { return cmp.Compare(a.call, b.call) })
	return acts
}

// mayBeFriends tells whether a friendship of the pair may ever have stood, or
// was said to.
func (t *table) mayBeFriends(pair int32) bool {
	p := &t.pairs[pair]
	return !t.fresh || p.listed || (p.by[0].likes > 0 && p.by[1].likes > 0)
}

// user gives the id of one side.
func (p *summary) user(s side) social.UserID {
	if s == 0 {
		return p.UID1
	}
	return p.UID2
}

func (p *summary) String() string { return fmt.Sprintf("users %d and %d", p.UID1, p.UID2) }
