package social

import "time"

// EventKind names what happened to a user.
type EventKind string

// The kinds. Match and Unmatched tell of the friendship with Event.Other.
const (
	EventMatch     EventKind = "match"
	EventUnmatched EventKind = "unmatched"
)

// Event is something that happened to UID; it is written in the transaction
// that made it happen.
type Event struct {
	ID    int64
	UID   UserID
	Kind  EventKind
	Other UserID
	Time  time.Time
}
