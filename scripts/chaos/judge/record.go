// Package judge says whether bounds were held while faults were injected: how
// soon every call succeeded again, whether any failed at all, with which answers,
// who exited how.
//
// It is given a record of what was done and seen, and knows nothing of processes,
// HTTP or how faults are made. Whether any match was lost is for package checker.
package judge

import (
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// Record is all that was done to a system and seen of it.
type Record struct {
	Nodes      int // numbered from 0; samples of others are of nodes that came later
	Start, End time.Time
	Injections []Injection // in order of time
	Samples    []Sample    // of the probe
	Exits      []Exit
	Memory     []Memory
	Views      []View // nil: there is no membership
	// Stall is the longest that whoever kept this record was kept from doing so: the
	// machine had no time for anybody then.
	Stall time.Duration

	Late     *Late     // nil: not looked for
	Counters *Counters // nil: not looked at
	Floods   []Flood
}

// NoNode stands for: not about one of the nodes.
const NoNode = -1

// Injection is one fault. From and To are the same for what takes no time.
type Injection struct {
	Name     string
	Node     int // NoNode: another part
	From, To time.Time
}

// Kind is what a call of the probe asks for.
type Kind string

// The kinds.
const (
	Swipe Kind = "swipe"
	Read  Kind = "read"
	Deck  Kind = "deck"
	Login Kind = "login" // the first step of one: a code
)

// Sample is one call of the probe.
type Sample struct {
	Node int // that was asked, the last one where several were
	// Balanced calls went through what balancers do: only to nodes that say they are
	// ready, and to another one when nothing could be sent.
	Balanced   bool
	Kind       Kind
	At         time.Time
	Took       time.Duration
	Outcome    string // measure.OK, a problem's code, "timeout", "connection", …
	Status     int    // of HTTP; 0: no answer
	RetryAfter bool   // the answer had one
}

// OK tells whether the call was answered with a success.
func (s *Sample) OK() bool { return s.Outcome == measure.OK }

func (s *Sample) end() time.Time { return s.At.Add(s.Took) }

// Exit is the end of a node's process.
type Exit struct {
	Node   int
	At     time.Time
	Status int  // -1: ended by a signal
	Asked  bool // for by whoever injects faults
}

// Memory is how much of a node's process was in RAM.
type Memory struct {
	Node  int
	At    time.Time
	Bytes int64
}

// View is what a node said of the members.
type View struct {
	Node    int
	At      time.Time
	Hash    string // "": it did not answer
	Members int
}

// Late counts swipes that were under way when their node was paused.
type Late struct {
	Sent    int // just before the pause
	Written int // of those, in the end
	After   int // of those, later than the deadline of the request
	Worst   time.Duration
}

// Counters compares what quotas counted, by user, day and action, with what was
// granted.
type Counters struct {
	Counters int // looked at
	Days     int // on which they are
	Over     int // counters above the limit
	Wrong    int // users whose counters are not what was granted to them, all days together
	Example  string
}

// Flood sums up a load that offers more than is carried, or as much.
type Flood struct {
	Name     string
	Over     time.Duration
	Offered  int
	Accepted int
	Refused  int // 429 or 503 with Retry-After
	Failed   int // anything else
	P99      time.Duration
}

func (f *Flood) goodput() float64 { return float64(f.Accepted) / f.Over.Seconds() }
