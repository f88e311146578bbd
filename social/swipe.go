package social

import "time"

// Mark is what a user thinks of a stranger. Values are stored and sent between
// nodes: they are frozen. Positive means a like.
type Mark int8

// The marks. MarkEnded is the tombstone an unfriending leaves in place of the
// unfriender's like: no like, never dealt again, not rewindable, never sent by a client.
const (
	MarkLike      Mark = 1
	MarkSuperlike Mark = 2
	MarkDislike   Mark = -1
	MarkEnded     Mark = -2
)

// ParseMark reads a client's mark; MarkEnded is no client's word.
func ParseMark(s string) (Mark, error) {
	switch s {
	case "like":
		return MarkLike, nil
	case "superlike":
		return MarkSuperlike, nil
	case "dislike":
		return MarkDislike, nil
	}
	return 0, invalid("mark", "mark must be like, superlike or dislike.")
}

// String gives the client's word for m.
func (m Mark) String() string {
	switch m {
	case MarkLike:
		return "like"
	case MarkSuperlike:
		return "superlike"
	case MarkDislike:
		return "dislike"
	case MarkEnded:
		return "ended"
	}
	return "unknown"
}

// Likes tells whether m counts towards a match.
func (m Mark) Likes() bool { return m > 0 }

// Sendable tells whether a client may send m.
func (m Mark) Sendable() bool { return m == MarkLike || m == MarkSuperlike || m == MarkDislike }

// Meter gives the quota that m counts against; ok is false for marks that are free.
func (m Mark) Meter() (a Action, ok bool) {
	switch m { //nolint:exhaustive // the other marks are free
	case MarkLike:
		return ActionLike, true
	case MarkSuperlike:
		return ActionSuperlike, true
	}
	return "", false
}

// Swipe says that UID put Mark on the stranger SID at Time.
type Swipe struct {
	UID  UserID
	SID  UserID
	Mark Mark
	Time time.Time
}

// Validate refuses what no storage needs to be asked about: ids below 1 and
// unknown marks (CodeInvalidRequest), oneself (CodeSelfSwipe).
func (s Swipe) Validate() error {
	switch {
	case s.UID < 1 || s.SID < 1:
		return invalid("user_id", "user_id must be at least 1.")
	case !s.Mark.Sendable():
		return invalid("mark", "mark must be like, superlike or dislike.")
	case s.UID == s.SID:
		return &Error{Code: CodeSelfSwipe, Message: "You cannot swipe yourself.", Field: "user_id"}
	}
	return nil
}

// SwipeResult is the answer to a swipe that stands.
type SwipeResult struct {
	SID      UserID
	Mark     Mark
	Matched  bool // the friendship stands now
	Repeated bool // the same swipe was stored before
	Replayed bool // the stored answer to an earlier request with the same key, whatever stands now
}

// Settle decides the answer to swipe s when the tables hold stored: inserted
// tells whether this very request put it there, matched whether the friendship
// stands. It returns CodeAlreadySwiped when another mark stands.
func Settle(s Swipe, stored Mark, inserted, matched bool) (SwipeResult, error) {
	if stored != s.Mark {
		return SwipeResult{}, Errorf(CodeAlreadySwiped, "You have already swiped this person.")
	}
	return SwipeResult{SID: s.SID, Mark: stored, Matched: matched, Repeated: !inserted}, nil
}
