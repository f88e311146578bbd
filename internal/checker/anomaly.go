package checker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// AnomalyKind names the broken rule. The names are stable: reports carry them.
type AnomalyKind string

// The anomalies.
const (
	// LostMatch: two likes stand, and there is no friendship.
	LostMatch AnomalyKind = "lost_match"
	// PhantomMatch: a friendship stands that two likes did not make.
	PhantomMatch AnomalyKind = "phantom_match"
	// DoubledMatch: a list of friends names someone twice.
	DoubledMatch AnomalyKind = "doubled_match"
	// OneSidedMatch: a friendship stands for one side only.
	OneSidedMatch AnomalyKind = "one_sided_match"
	// LostSwipe: an acknowledged swipe, or the mark of an unfriending, is gone.
	LostSwipe AnomalyKind = "lost_swipe"
	// RewindLeftSwipe: an acknowledged rewind left the swipe it took back.
	RewindLeftSwipe AnomalyKind = "rewind_left_swipe"
	// ResurrectedLike: a like or a friendship stands again after an unfriending.
	ResurrectedLike AnomalyKind = "resurrected_like"
	// QuotaOverrun: more was granted than the limit allows.
	QuotaOverrun AnomalyKind = "quota_overrun"
	// QuotaMismatch: the stored counter differs from what was granted, or an
	// action was refused although its limit was not reached.
	QuotaMismatch AnomalyKind = "quota_mismatch"
	// WrongRewind: a rewind undid another swipe than the latest, or none.
	WrongRewind AnomalyKind = "wrong_rewind"
	// DealtAgain: someone was dealt on whom the user's mark stood.
	DealtAgain AnomalyKind = "dealt_again"
	// StaleAnswer: a repetition was told what was true at no moment of it, while
	// what is stored is right.
	StaleAnswer AnomalyKind = "stale_answer"
	// LostEvent, DoubledEvent, PhantomEvent: a user was not told of a change, was
	// told more often than it happened, or of one that never happened.
	LostEvent    AnomalyKind = "lost_event"
	DoubledEvent AnomalyKind = "doubled_event"
	PhantomEvent AnomalyKind = "phantom_event"
	// MissedPush: an event was not pushed to a connection that stood.
	MissedPush AnomalyKind = "missed_push"
	// DoubledPush: an event was pushed again, to the same connection or to one that
	// was to go on behind it.
	DoubledPush AnomalyKind = "doubled_push"
	// PhantomPush: what was pushed is not among the user's events, or is not as it was
	// pushed.
	PhantomPush AnomalyKind = "phantom_push"
	// Inconsistent: no order explains the answers, nor does any one defect.
	Inconsistent AnomalyKind = "inconsistent"
	// Undecided: the search for an order ran out of time; counts as broken.
	Undecided AnomalyKind = "undecided"
)

// Anomaly is a way in which a history breaks the rules.
type Anomaly struct {
	Kind   AnomalyKind `json:"kind"`
	Detail string      `json:"detail"` // a sentence for people
	// Ops is all that is known of the matter, in order of the calls. What a list
	// says of a pair is told as a read of that pair (is_friend, likes, deal with
	// SID and Matched).
	Ops []Op `json:"ops,omitempty"`
}

// String tells the anomaly in several lines.
func (a Anomaly) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", a.Kind, a.Detail)
	for i := range a.Ops {
		b.WriteString("\n  ")
		b.WriteString(a.Ops[i].tell())
	}
	return b.String()
}

// tell writes one operation for people, times in milliseconds.
func (o *Op) tell() string {
	var b strings.Builder
	until := "…"
	if o.Return != never {
		until = fmt.Sprintf("%.3f", float64(o.Return)/1e6)
	}
	fmt.Fprintf(&b, "[%.3f–%s ms] user %d %s", float64(o.Call)/1e6, until, o.UID, o.Kind)
	if o.SID != 0 {
		fmt.Fprintf(&b, " %d", o.SID)
	}
	if o.Mark != 0 {
		fmt.Fprintf(&b, " %s", o.Mark)
	}
	if o.Code != "" {
		fmt.Fprintf(&b, " → %s", o.Code)
		return b.String()
	}
	b.WriteString(" → ok")
	for _, flag := range []struct {
		set  bool
		name string
	}{
		{o.Matched, "matched"}, {o.Repeated, "repeated"}, {o.Unmatched, "unmatched"}, {o.Replayed, "replayed"}, {o.Probe, "probe"},
	} {
		if flag.set {
			b.WriteString(", " + flag.name)
		}
	}
	return b.String()
}

// maxExamples is how many anomalies of a kind are told.
const maxExamples = 5

// findings counts anomalies and keeps the examples that are quickest to read.
type findings struct {
	counts   map[AnomalyKind]int
	examples map[AnomalyKind][]Anomaly
}

func (f *findings) add(a Anomaly) {
	f.note(a, 1)
}

func (f *findings) note(a Anomaly, n int) {
	if f.counts == nil {
		f.counts, f.examples = map[AnomalyKind]int{}, map[AnomalyKind][]Anomaly{}
	}
	f.counts[a.Kind] += n
	at, _ := slices.BinarySearchFunc(f.examples[a.Kind], a, simpler)
	if at < maxExamples {
		kept := slices.Insert(f.examples[a.Kind], at, a)
		f.examples[a.Kind] = kept[:min(len(kept), maxExamples)]
	}
}

func simpler(a, b Anomaly) int {
	return cmp.Or(cmp.Compare(len(a.Ops), len(b.Ops)), cmp.Compare(a.Detail, b.Detail))
}

// join adds what others found.
func (f *findings) join(o *findings) {
	for kind, n := range o.counts {
		for _, a := range o.examples[kind] {
			f.note(a, 0)
		}
		f.counts[kind] += n
	}
}
