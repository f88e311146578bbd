package sqlstore

import (
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Facts is what the tables say about one record once its transaction is done.
type Facts struct {
	// Stored is the mark that stands for the ordered pair; 0: none.
	Stored social.Mark
	// Inserted tells that the record itself put it there, Friends that the
	// friendship of the pair stands.
	Inserted, Friends bool
	// Unknown tells of the swiper or stranger that they do not exist or are deleted.
	SwiperUnknown, StrangerUnknown bool
	// QuotaUsed tells that the meter was not charged because its limit is reached.
	QuotaUsed bool
	// Refused tells that the engine takes no such values.
	Refused bool
	// Kept is what an earlier request left under the record's key; nil: nothing.
	Kept *Kept
}

// Answer decides the answer to r from the facts. What is stored comes first: a
// repetition gets its outcome even if it could not be stored any more. Before
// all comes what is kept under the record's key.
func Answer(r *persistence.Record, f Facts) persistence.Recorded {
	if f.Kept != nil {
		result, err := f.Kept.swipe(r.Key)
		return persistence.Recorded{SwipeResult: result, Err: err}
	}
	if sabotage.On(sabotage.StaleRetry) && !f.Inserted {
		f.Friends = false
	}
	if f.Stored != 0 {
		result, err := social.Settle(r.Swipe, f.Stored, f.Inserted, f.Friends)
		return persistence.Recorded{SwipeResult: result, Err: err}
	}
	return persistence.Recorded{Err: refusal(r, f)}
}

// SeeFriends corrects answers of one call that were given before a later record
// of it made the two friends: they tell what stands at the end. What is kept
// under a key stays as it was.
func SeeFriends(batch []persistence.Record, answers []persistence.Recorded) {
	var friends map[social.Pair]struct{}
	for i := range answers {
		if answers[i].Matched && !answers[i].Replayed {
			if friends == nil {
				friends = map[social.Pair]struct{}{}
			}
			friends[social.PairOf(batch[i].UID, batch[i].SID)] = struct{}{}
		}
	}
	if friends == nil {
		return
	}
	for i := range answers {
		if a := &answers[i]; a.Err == nil && a.Mark.Likes() && batch[i].Key.None() {
			_, a.Matched = friends[social.PairOf(batch[i].UID, batch[i].SID)]
		}
	}
}

func refusal(r *persistence.Record, f Facts) error {
	switch {
	case f.Refused:
		return social.Errorf(social.CodeInvalidRequest, "This swipe cannot be stored.")
	case f.SwiperUnknown:
		return social.Errorf(social.CodeUnauthenticated, "This account does not exist.")
	case f.StrangerUnknown:
		return &social.Error{Code: social.CodeUserNotFound, Message: "There is no such user.", Field: "user_id"}
	case f.QuotaUsed && r.Meter != nil:
		return social.QuotaExceeded(r.Meter.Action, r.Time, r.ResetsAt)
	}
	return social.Errorf(social.CodeInternal, "The swipe was neither stored nor refused.")
}

// RewindDue tells whether a swipe made at the given time may still be undone
// by req; CodeNothingToRewind otherwise.
func RewindDue(req *persistence.RewindRequest, swiped social.Swipe) error {
	if req.Window > 0 && req.Time.Sub(swiped.Time) > req.Window {
		return NothingToRewind()
	}
	return nil
}

// NothingToRewind refuses a rewind that found no swipe to undo.
func NothingToRewind() error {
	return social.Errorf(social.CodeNothingToRewind, "There is nothing to rewind.")
}

// NotFriends refuses what needs a friendship.
func NotFriends() error {
	return social.Errorf(social.CodeNotFriends, "You are not friends with this user.")
}
