package checker_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// flaw is a defect that a world can be given.
type flaw string

const (
	sound            flaw = ""
	matchNotMade     flaw = "a friendship is not made"
	matchDropped     flaw = "a friendship is told of and not written"
	matchKept        flaw = "a rewind keeps the friendship"
	swipeKept        flaw = "a rewind keeps the swipe"
	refusedMatches   flaw = "a refused like makes a friendship"
	swipeLost        flaw = "a swipe is acknowledged and not written"
	unfriendUndone   flaw = "a repetition undoes an unfriending"
	staleRepeat      flaw = "a repetition is told that nothing matched"
	quotaIgnored     flaw = "a quota is not looked at"
	quotaUncounted   flaw = "a use is not counted"
	deckForgets      flaw = "the deck deals who was swiped"
	listOneSided     flaw = "a list leaves a friend out"
	listDoubled      flaw = "a list names a friend twice"
	eventLost        flaw = "an event is not written"
	eventDoubled     flaw = "an event is written twice"
	eventInvented    flaw = "an event is written for nothing"
	rewindsOlder     flaw = "a rewind takes an older swipe"
	keyForgotten     flaw = "a retry under a key is told something else"
	likeUnlisted     flaw = "a like is not listed"
	quotaRefusesSoon flaw = "a quota refuses too early"
)

type direction struct{ uid, sid social.UserID }

// world is a system that does one thing after the other, by the rules but for
// its flaw.
type world struct {
	dice    *rand.Rand
	flaw    flaw
	only    social.UserID // the flaw shows between users up to this one
	fired   int           // how often it showed
	quiet   bool          // it shows no more
	limits  map[social.Action]social.Limit
	people  social.UserID
	marks   map[direction]social.Mark
	order   map[social.UserID][]social.UserID // swipes that can be rewound, in order
	friends map[social.Pair]bool
	used    map[social.UserID]map[social.Action]int
	events  map[social.UserID][]checker.Event
	kept    map[string]checker.Op // answers under keys
	lastID  int
}

func newWorld(dice *rand.Rand, people social.UserID, f flaw, only social.UserID) *world {
	return &world{
		dice: dice, flaw: f, only: only, people: people,
		limits:  map[social.Action]social.Limit{social.ActionRewind: 4, social.ActionLike: social.NoLimit, social.ActionSuperlike: 2},
		marks:   map[direction]social.Mark{},
		order:   map[social.UserID][]social.UserID{},
		friends: map[social.Pair]bool{},
		used:    map[social.UserID]map[social.Action]int{},
		events:  map[social.UserID][]checker.Event{},
		kept:    map[string]checker.Op{},
	}
}

// fails tells whether the flaw shows now, between these two.
func (w *world) fails(f flaw, a, b social.UserID) bool {
	if w.quiet || w.flaw != f || a > w.only || b > w.only || w.dice.IntN(3) > 0 {
		return false
	}
	w.fired++
	return true
}

// do answers op, which carries what was asked.
func (w *world) do(op checker.Op) checker.Op {
	key := fmt.Sprintf("%d %s", op.UID, op.Key)
	if before, again := w.kept[key]; again && op.Key != "" {
		before.Call, before.Return, before.Replayed = op.Call, op.Return, true
		if before.Mark.Likes() && w.fails(keyForgotten, op.UID, before.SID) {
			before.Matched = !before.Matched
			before.Unmatched = !before.Unmatched
		}
		return before
	}
	// What goes wrong in the last probes is looked at by nobody.
	w.quiet = op.Probe && op.Kind == checker.Swipe
	switch op.Kind {
	case checker.Swipe:
		w.swipe(&op)
	case checker.Rewind:
		w.rewind(&op)
	case checker.Unfriend:
		w.unfriend(&op)
	case checker.IsFriend:
		op.Matched = w.friends[social.PairOf(op.UID, op.SID)]
	case checker.Friends, checker.Likes, checker.Deal:
		w.list(&op)
	case checker.Quotas:
		op.Used = maps.Clone(w.used[op.UID])
	case checker.Events:
		op.Events = slices.Clone(w.events[op.UID])
	case checker.Pushes: // nobody listens
	}
	if op.Key != "" && op.Acked() {
		w.kept[key] = op
	}
	return op
}

func (w *world) swipe(op *checker.Op) {
	at, back := direction{op.UID, op.SID}, direction{op.SID, op.UID}
	p := social.PairOf(op.UID, op.SID)
	if stood := w.marks[at]; stood != 0 {
		again := stood == social.MarkEnded || (w.marks[back] == social.MarkEnded && stood == op.Mark)
		if again && op.Mark.Likes() && !w.friends[p] && w.fails(unfriendUndone, op.UID, op.SID) {
			w.marks[at], w.friends[p] = op.Mark, true
			op.Matched, op.Repeated = true, true
			return
		}
		if stood != op.Mark {
			op.Code = social.CodeAlreadySwiped
			if op.Mark.Likes() && stood == social.MarkDislike && w.marks[back].Likes() && w.fails(refusedMatches, op.UID, op.SID) {
				w.friends[p] = true
			}
			return
		}
		op.Repeated, op.Matched = true, w.friends[p]
		if op.Matched && w.fails(staleRepeat, op.UID, op.SID) {
			op.Matched = false
		}
		return
	}
	if a, metered := op.Mark.Meter(); metered && !w.charge(op, a) {
		return
	}
	if w.fails(swipeLost, op.UID, op.SID) {
		return
	}
	w.marks[at] = op.Mark
	w.order[op.UID] = append(w.order[op.UID], op.SID)
	if !op.Mark.Likes() || !w.marks[back].Likes() {
		return
	}
	if w.fails(matchNotMade, op.UID, op.SID) {
		return
	}
	op.Matched = true
	if !w.fails(matchDropped, op.UID, op.SID) {
		w.friends[p] = true
	}
	w.tell(op.UID, social.EventMatch, op.SID)
	w.tell(op.SID, social.EventMatch, op.UID)
}

// charge counts a use if the limit leaves one.
func (w *world) charge(op *checker.Op, a social.Action) bool {
	limit := w.limits[a]
	if limit.None() {
		return true
	}
	if w.used[op.UID] == nil {
		w.used[op.UID] = map[social.Action]int{}
	}
	full := w.used[op.UID][a] >= int(limit)
	if full && w.fails(quotaIgnored, op.UID, op.UID) {
		full = false
	}
	if !full && w.fails(quotaRefusesSoon, op.UID, op.UID) {
		full = true
	}
	if full {
		op.Code = social.CodeSuperlikeQuotaExceeded
		if a == social.ActionRewind {
			op.Code = social.CodeRewindQuotaExceeded
		}
		return false
	}
	if !w.fails(quotaUncounted, op.UID, op.UID) {
		w.used[op.UID][a]++
	}
	return true
}

func (w *world) rewind(op *checker.Op) {
	swiped := w.order[op.UID]
	if len(swiped) == 0 {
		op.Code = social.CodeNothingToRewind
		return
	}
	if !w.charge(op, social.ActionRewind) {
		return
	}
	last := len(swiped) - 1
	if last > 0 && w.fails(rewindsOlder, op.UID, swiped[last]) {
		last = 0
	}
	sid := swiped[last]
	at, p := direction{op.UID, sid}, social.PairOf(op.UID, sid)
	op.SID, op.Mark, op.Unmatched = sid, w.marks[at], w.friends[p]
	if op.Unmatched && w.fails(matchKept, op.UID, sid) {
		op.Unmatched = false
	} else {
		delete(w.friends, p)
	}
	if !w.fails(swipeKept, op.UID, sid) {
		delete(w.marks, at)
		w.order[op.UID] = slices.Delete(slices.Clone(swiped), last, last+1)
	}
	if op.Unmatched {
		w.tell(sid, social.EventUnmatched, op.UID)
	}
}

func (w *world) unfriend(op *checker.Op) {
	p := social.PairOf(op.UID, op.SID)
	if !w.friends[p] {
		op.Code = social.CodeNotFriends
		return
	}
	delete(w.friends, p)
	w.marks[direction{op.UID, op.SID}] = social.MarkEnded
	w.order[op.UID] = slices.DeleteFunc(slices.Clone(w.order[op.UID]), func(s social.UserID) bool { return s == op.SID })
	w.tell(op.SID, social.EventUnmatched, op.UID)
}

func (w *world) tell(uid social.UserID, kind social.EventKind, other social.UserID) {
	times := 1
	if w.fails(eventLost, uid, other) {
		times = 0
	} else if w.fails(eventDoubled, uid, other) {
		times = 2
	}
	for range times {
		w.lastID++
		w.events[uid] = append(w.events[uid], checker.Event{ID: strconv.Itoa(w.lastID), Kind: string(kind), Other: other})
	}
}

// list reads who is on one of op's user's lists.
func (w *world) list(op *checker.Op) {
	for other := social.UserID(1); other <= w.people; other++ {
		mine, theirs := w.marks[direction{op.UID, other}], w.marks[direction{other, op.UID}]
		switch {
		case other == op.UID:
		case op.Kind == checker.Deal && (mine == 0 || w.fails(deckForgets, op.UID, other)):
			op.List = append(op.List, other)
		case op.Kind == checker.Likes && theirs.Likes() && mine == 0 && !w.fails(likeUnlisted, op.UID, other):
			op.List = append(op.List, other)
		case op.Kind == checker.Friends && w.friends[social.PairOf(op.UID, other)]:
			if op.Probe && op.UID < other && w.fails(listOneSided, op.UID, other) {
				continue
			}
			op.List = append(op.List, other)
			if op.Probe && w.fails(listDoubled, op.UID, other) {
				op.List = append(op.List, other)
			}
		}
	}
	w.invent(op)
}

// invent tells a user of a match with user 1 that never was, when the final lists
// are read.
func (w *world) invent(op *checker.Op) {
	told := slices.ContainsFunc(w.events[op.UID], func(e checker.Event) bool { return e.Other == 1 })
	if op.Kind == checker.Friends && op.Probe && op.UID > 1 && !told && w.fails(eventInvented, op.UID, 1) {
		w.lastID++
		w.events[op.UID] = append(w.events[op.UID], checker.Event{ID: strconv.Itoa(w.lastID), Kind: string(social.EventMatch), Other: 1})
	}
}

// request is an operation on its way: at is when it takes effect.
type request struct {
	op    checker.Op
	at    int64
	lost  bool // nobody learns the answer
	never bool // nor does it happen
	batch bool // stored together with the next request
}

// play lets a world handle requests in order of their moments and gives what
// their clients saw.
func (w *world) play(requests []request) []checker.Op {
	slices.SortStableFunc(requests, func(a, b request) int { return cmp.Compare(a.at, b.at) })
	out := make([]checker.Op, 0, len(requests))
	for i, r := range requests {
		asked := r.op
		answer := asked
		if !r.never {
			answer = w.do(asked)
		}
		if r.lost {
			answer = asked
			answer.Code = checker.Unknown
		}
		out = append(out, answer)
		// What is stored in one transaction is answered as it stands at its end.
		if i > 0 && requests[i-1].batch && answer.Matched && out[i-1].Acked() && out[i-1].UID == answer.SID && out[i-1].SID == answer.UID {
			out[i-1].Matched = true
		}
	}
	return out
}
