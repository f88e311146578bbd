package settle

import (
	"maps"
	"slices"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// readsEach is how many requests the lists of one person take when they are
// short: friends, likes, quotas, events.
const readsEach = 4

// Cost tells how many requests it takes to look at so many people, each with
// short lists, and so many swipes.
func Cost(people, swipes int64) int64 { return readsEach*people + swipes }

// probe is an acknowledged swipe, to be repeated.
type probe struct {
	uid, sid social.UserID
	mark     social.Mark
}

// plan is what is to be looked at.
type plan struct {
	people []social.UserID // everybody who did something or was done something to
	stand  []probe         // of which nothing is known but that they were acknowledged
	undone []probe         // which were taken back, or may have been
}

// planOf reads a plan off a history. member tells who can be asked.
func planOf(ops []checker.Op, member func(social.UserID) bool) plan {
	type pair struct{ uid, sid social.UserID }
	people := map[social.UserID]bool{}
	probes := map[probe]bool{}
	undone := map[pair]bool{}
	lost := map[social.UserID]bool{} // has a rewind without an answer
	for i := range ops {
		op := &ops[i]
		if changed(op) {
			for _, uid := range []social.UserID{op.UID, op.SID} {
				if uid != 0 && member(uid) {
					people[uid] = true
				}
			}
		}
		switch {
		case op.Kind == checker.Swipe && op.Acked():
			probes[probe{op.UID, op.SID, op.Mark}] = true
		case op.Kind == checker.Rewind && op.Acked():
			undone[pair{op.UID, op.SID}] = true
		case op.Kind == checker.Rewind && op.Code == checker.Unknown:
			lost[op.UID] = true
		}
	}
	p := plan{people: slices.Sorted(maps.Keys(people))}
	for pr := range probes {
		if lost[pr.uid] || undone[pair{pr.uid, pr.sid}] {
			p.undone = append(p.undone, pr)
		} else {
			p.stand = append(p.stand, pr)
		}
	}
	return p
}

// changed tells whether op may have changed what stands.
func changed(op *checker.Op) bool {
	switch op.Kind {
	case checker.Swipe, checker.Rewind, checker.Unfriend:
		return op.Acked() || op.Code == checker.Unknown
	case checker.IsFriend, checker.Deal, checker.Friends, checker.Likes, checker.Quotas, checker.Events, checker.Pushes:
	}
	return false
}
