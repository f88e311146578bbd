// Package measure gathers how every request of a run went and sums it up:
// latencies by operation, outcomes, and what happened in each second.
//
// It knows operations and outcomes by name only; it knows nothing of HTTP, of
// the rules, or of who looks at its figures.
//
// Latency runs from the moment a request was meant to be sent, not from the
// moment it was: in an open loop a stalled server is charged for the requests
// that had to queue behind the stall as well.
package measure

import (
	"slices"
	"time"

	"github.com/swiperhq/swiper/social"
)

// OK is the outcome of a request that was acknowledged.
const OK = "ok"

// Swipe is the operation that the headline figures are about.
const Swipe = "swipe"

// Sample is one request, as its sender saw it.
type Sample struct {
	Op       string    // "swipe", "rewind", "deck", …
	Intended time.Time // when it was meant to be sent
	Done     time.Time // when its answer, or the want of one, was known
	Outcome  string    // OK, a problem code, "timeout", "connection", "http_502", …
	Matched  bool      // an acknowledged swipe that said so
}

// Class sorts outcomes by what they say of the server.
type Class int

// The classes.
const (
	// Acknowledged requests did what was asked.
	Acknowledged Class = iota
	// Refused requests met a rule or a limit, and were told which.
	Refused
	// Failed requests got no answer, or one that says that the server failed.
	Failed
)

// ClassOf gives the class of an outcome. What is no code of the rules, such as
// "connection" or "http_502", is Failed.
func ClassOf(outcome string) Class {
	switch code := social.Code(outcome); {
	case outcome == OK:
		return Acknowledged
	case code == social.CodeTimeout, code == social.CodeInternal, code == social.CodeUnavailable:
		return Failed
	case slices.Contains(social.Codes(), code):
		return Refused
	default:
		return Failed
	}
}

// Counts tells how many requests ended in which class.
type Counts struct {
	OK      int64
	Refused int64
	Failed  int64
}

// All is the number of requests.
func (c Counts) All() int64 { return c.OK + c.Refused + c.Failed }

// plus gives both together.
func (c Counts) plus(o Counts) Counts {
	return Counts{OK: c.OK + o.OK, Refused: c.Refused + o.Refused, Failed: c.Failed + o.Failed}
}

// counted gives n requests of one class.
func counted(class Class, n int64) Counts {
	switch class {
	case Acknowledged:
		return Counts{OK: n}
	case Refused:
		return Counts{Refused: n}
	default:
		return Counts{Failed: n}
	}
}
