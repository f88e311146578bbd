// Package checker judges a history of operations against the rules of package
// social: given what clients asked, when, and what they were told, is there an
// order of events that explains every answer?
//
// It owns the sequential model of a pair and of a quota. It knows nothing of
// HTTP, actors or stores, so whatever produced the history is judged alike.
package checker

import (
	"math"
	"sync"

	"github.com/swiperhq/swiper/social"
)

// Kind is what a client asked for.
type Kind string

// The kinds of operation.
const (
	Swipe    Kind = "swipe"
	Rewind   Kind = "rewind"
	Unfriend Kind = "unfriend"
	// IsFriend reads whether the friendship stands.
	IsFriend Kind = "is_friend"
)

// Unknown is the Code of an operation whose answer never came: it may have
// happened at any time since its call, or never.
const Unknown social.Code = "unknown"

// Op is one operation as its client saw it.
type Op struct {
	Kind         Kind
	UID, SID     social.UserID // SID of a rewind: as answered; 0 when it was not
	Mark         social.Mark   // asked for (swipe) or answered (rewind)
	Call, Return int64         // nanoseconds on one clock of the observer
	Code         social.Code   // "" acknowledged, Unknown, else the refusal
	Matched      bool          // swipe: as answered; is_friend: what was read
	Repeated     bool
	Unmatched    bool // rewind: as answered
}

// Acked tells whether the operation was acknowledged.
func (o *Op) Acked() bool { return o.Code == "" }

// History gathers operations from many goroutines.
type History struct {
	mu  sync.Mutex
	ops []Op
}

// Add takes one operation; an Unknown one stays open for ever.
func (h *History) Add(op Op) {
	if op.Code == Unknown {
		op.Return = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, op)
}

// Ops gives a copy of what was gathered.
func (h *History) Ops() []Op {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Op(nil), h.ops...)
}

// Anomaly is a way in which a history breaks the rules.
type Anomaly struct {
	Kind   AnomalyKind
	Detail string
}

// AnomalyKind names the broken rule.
type AnomalyKind string

// The anomalies.
const (
	// PairBroken: no order of the pair's operations explains all answers: a match
	// lost, doubled, one-sided or phantom, a swipe lost or resurrected.
	PairBroken AnomalyKind = "pair"
	// PairUndecided: the search for an order ran out of time; counts as broken.
	PairUndecided AnomalyKind = "pair_undecided"
	// QuotaOverrun: more was granted than the limit allows.
	QuotaOverrun AnomalyKind = "quota_overrun"
	// QuotaMismatch: the stored counter differs from what was granted.
	QuotaMismatch AnomalyKind = "quota_mismatch"
	// WrongRewind: a rewind undid another swipe than the latest.
	WrongRewind AnomalyKind = "wrong_rewind"
)
