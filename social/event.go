package social

import (
	"encoding/json"
	"time"
)

// EventKind names what happened to a user. More kinds come with more features.
type EventKind string

// The kinds. Match and Unmatched tell of the friendship with Event.Other; Task of
// durable work of the user's that has ended; Photo of what was decided about a
// photo of theirs.
const (
	EventMatch     EventKind = "match"
	EventUnmatched EventKind = "unmatched"
	EventTask      EventKind = "task"
	EventPhoto     EventKind = "photo"
)

// Kinds of which only hints are sent: nothing of them is stored as an event,
// since other lists tell the truth of them.
const (
	HintLiked      EventKind = "liked"
	HintSuperliked EventKind = "superliked"
	// HintUnliked: a like that made no friendship was taken back. Rankings hear of it,
	// and nobody else.
	HintUnliked EventKind = "unliked"
)

// Event is something that happened to UID; it is written in the transaction
// that made it happen.
type Event struct {
	ID    int64 // for ever this event's, unique within a database
	UID   UserID
	Kind  EventKind
	Other UserID          // 0 where the kind tells of nobody else
	Data  json.RawMessage // an object, of kinds that say more than who; nil: none
	Time  time.Time
}
