package checker

import "github.com/swiperhq/swiper/social"

// Kind is what a client asked for.
type Kind string

// The kinds of operation.
const (
	Swipe    Kind = "swipe"
	Rewind   Kind = "rewind"
	Unfriend Kind = "unfriend"
	// IsFriend reads whether one friendship stands (Matched).
	IsFriend Kind = "is_friend"
	// Deal reads whom the deck deals, in order.
	Deal Kind = "deal"
	// Friends and Likes read a complete list, all of its pages.
	Friends Kind = "friends"
	Likes   Kind = "likes"
	// Quotas reads what is used of each action.
	Quotas Kind = "quotas"
	// Events reads all of the user's events since the run began.
	Events Kind = "events"
	// Pushes is a connection for live pushes, from when it stood until it was closed,
	// and the events that were pushed to it. A user's next one goes on behind them.
	Pushes Kind = "pushes"
)

func (k Kind) known() bool {
	switch k {
	case Swipe, Rewind, Unfriend, IsFriend, Deal, Friends, Likes, Quotas, Events, Pushes:
		return true
	}
	return false
}

// changes tells whether an operation of this kind changes what stands.
func (k Kind) changes() bool { return k == Swipe || k == Rewind || k == Unfriend }

// Unknown is the Code of an operation whose answer never came: it may have
// happened at any time since its call, or never.
const Unknown social.Code = "unknown"

// Op is one operation as its client saw it. Its JSON leaves zero values out and
// names marks as clients do.
//
//nolint:recvcheck // JSON is written from values and read into pointers
type Op struct {
	Kind         Kind
	UID, SID     social.UserID // SID of a rewind: as answered; 0 when it was not
	Mark         social.Mark   // asked for (swipe) or answered (rewind)
	Call, Return int64         // nanoseconds since the run began, on one clock of the observer
	Code         social.Code   // "" acknowledged, Unknown, else the refusal
	Matched      bool          // swipe: as answered; is_friend: what was read
	Repeated     bool          // swipe: as answered
	Unmatched    bool          // rewind: as answered
	Key          string        // the Idempotency-Key it carried, "" for none
	Replayed     bool          // answered as a replay of an earlier attempt with its key
	Couple       bool          // one of two likes sent at the same instant
	Probe        bool          // made after the load, to look; not counted as acknowledged
	Initial      bool          // a read made before the load began

	List   []social.UserID       // deal, friends, likes
	Used   map[social.Action]int // quotas
	Events []Event               // events, pushes: in the order in which they were given
}

// Event is something that the system told a user of.
type Event struct {
	ID    string        `json:"id"`
	Kind  string        `json:"kind"` // match and unmatched are judged
	Other social.UserID `json:"other,omitempty"`
	At    int64         `json:"at,omitempty"` // of a push: when it arrived, as Call
}

// Acked tells whether the operation was acknowledged.
func (o *Op) Acked() bool { return o.Code == "" }

// normal gives o as it is judged: what may have happened although it was
// answered with a failure is unknown, and being told "not friends" is a read.
func (o *Op) normal() Op {
	n := *o
	switch {
	case n.Kind.changes() && mayHaveHappened(n.Code):
		n.Code = Unknown
	case n.Kind == Rewind && n.Acked() && (n.SID < 1 || !n.Mark.Sendable()):
		n.Code = Unknown // acknowledged, but nobody knows what
	case n.Kind == IsFriend && n.Code == social.CodeNotFriends:
		n.Code, n.Matched = "", false
	}
	if n.Code == Unknown {
		n.Return = never
	}
	return n
}

func mayHaveHappened(c social.Code) bool {
	return c == social.CodeInternal || c == social.CodeUnavailable || c == social.CodeTimeout
}
