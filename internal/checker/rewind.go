package checker

import (
	"fmt"
	"slices"

	"github.com/swiperhq/swiper/social"
)

// CheckRewindOrder replays the users who did one thing at a time and never lost
// an answer: each of their rewinds must undo their latest swipe that stands and
// was not ended. Users whose operations overlap are passed over.
func CheckRewindOrder(ops []Op) []Anomaly {
	byUser := map[social.UserID][]Op{}
	for _, op := range ops {
		if op.Kind != IsFriend {
			byUser[op.UID] = append(byUser[op.UID], op)
		}
	}
	var found []Anomaly
	for uid, own := range byUser {
		slices.SortFunc(own, func(a, b Op) int { return int(a.Call - b.Call) })
		if oneAtATime(own) {
			found = append(found, replay(uid, own)...)
		}
	}
	return found
}

func oneAtATime(ops []Op) bool {
	for i, op := range ops {
		if op.Code == Unknown || (i > 0 && ops[i-1].Return > op.Call) {
			return false
		}
	}
	return true
}

func replay(uid social.UserID, ops []Op) []Anomaly {
	var found []Anomaly
	var stack []social.UserID
	drop := func(sid social.UserID) {
		stack = slices.DeleteFunc(stack, func(s social.UserID) bool { return s == sid })
	}
	for _, op := range ops {
		switch {
		case op.Kind == Swipe && op.Acked() && !op.Repeated:
			stack = append(stack, op.SID)
		case op.Kind == Unfriend && op.Acked():
			drop(op.SID)
		case op.Kind == Rewind && op.Acked():
			if len(stack) == 0 || stack[len(stack)-1] != op.SID {
				found = append(found, Anomaly{WrongRewind, fmt.Sprintf("user %d: rewound %d, swipes standing %v", uid, op.SID, stack)})
			}
			drop(op.SID)
		case op.Kind == Rewind && op.Code == social.CodeNothingToRewind && len(stack) > 0:
			found = append(found, Anomaly{WrongRewind, fmt.Sprintf("user %d: told nothing to rewind, swipes standing %v", uid, stack)})
		}
	}
	return found
}
