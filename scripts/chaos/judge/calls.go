package judge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Who says whose calls a bound is about.
type Who func(*Record, *Sample) bool

// Everybody is every call to one of the nodes, logins apart.
func Everybody(r *Record, s *Sample) bool {
	return !s.Balanced && s.Kind != Login && s.Node < r.Nodes
}

// Balanced is every call that went through what balancers do.
func Balanced(_ *Record, s *Sample) bool { return s.Balanced }

// Survivors is every call to a node but those, after it was struck, to the one that
// the latest fault struck.
func Survivors(r *Record, s *Sample) bool {
	if !Everybody(r, s) {
		return false
	}
	i := r.cause(s)
	return i == nil || i.Node != s.Node
}

// Others is every call to a node that no fault struck.
func Others(r *Record, s *Sample) bool {
	return Everybody(r, s) && !slices.ContainsFunc(r.Injections, func(i Injection) bool { return i.Node == s.Node })
}

// Struck is every call to a node that a fault struck.
func Struck(r *Record, s *Sample) bool { return Everybody(r, s) && !Others(r, s) }

func of(r *Record, who Who) (some []*Sample) {
	for i := range r.Samples {
		if who(r, &r.Samples[i]) {
			some = append(some, &r.Samples[i])
		}
	}
	return some
}

// From is what a time to recover is counted from.
type From bool

// The moments.
const (
	FromStart From = false // of a fault
	FromEnd   From = true
)

func (f From) of(i *Injection) time.Time {
	if f == FromEnd {
		return i.To
	}
	return i.From
}

// Recovery gives how long after a fault began, or ended, the last call was sent
// that it made fail: 0 if none failed.
func (r *Record) Recovery(who Who, from From) (longest time.Duration) {
	for _, s := range of(r, who) {
		if i := r.cause(s); !s.OK() && i != nil {
			longest = max(longest, s.At.Sub(from.of(i)))
		}
	}
	return longest
}

// cause gives the latest fault that began before a call ended; nil: none had.
func (r *Record) cause(s *Sample) (cause *Injection) {
	for i := range r.Injections {
		if !r.Injections[i].From.After(s.end()) {
			cause = &r.Injections[i]
		}
	}
	return cause
}

// Recovers is the bound: every call succeeds that is sent later than within after a fault
// began, or ended. What comes within that time may fail, what came before the
// first fault may not.
func Recovers(name string, who Who, from From, within time.Duration) Bound {
	bound := fmt.Sprintf("%s within %s", name, within)
	return timed(func(r *Record) Finding {
		if !r.seenAfter(who, from, within) {
			return void(bound, "too little was seen after a fault")
		}
		var late, before int
		for _, s := range of(r, who) {
			switch i := r.cause(s); {
			case s.OK():
			case i == nil:
				before++
			case s.At.After(from.of(i).Add(within)):
				late++
			}
		}
		if before > 0 {
			return broke(bound, "%d calls failed before any fault: %s", before, failures(of(r, who)))
		}
		recovery := r.Recovery(who, from)
		if late > 0 {
			return broke(bound, "%d calls failed later, the last %s after: %s", late, short(recovery), failures(of(r, who)))
		}
		return held(bound, "%s", short(recovery))
	})
}

// leastCalls is how many calls must be seen for their success to tell anything.
const leastCalls = 20

// seenAfter tells whether enough was seen after each fault and before the next.
func (r *Record) seenAfter(who Who, from From, within time.Duration) bool {
	some := of(r, who)
	for n := range r.Injections {
		until := r.End
		if n+1 < len(r.Injections) {
			until = r.Injections[n+1].From
		}
		seen := 0
		for _, s := range some {
			if s.At.After(from.of(&r.Injections[n]).Add(within)) && s.At.Before(until) {
				seen++
			}
		}
		if seen < leastCalls {
			return false
		}
	}
	return len(r.Injections) > 0
}

// NothingFails is the bound: no call fails, and none takes longer than slowest; 0: however long.
func NothingFails(who Who, slowest time.Duration) Bound {
	bound := "no call fails"
	if slowest > 0 {
		bound += fmt.Sprintf(", none takes longer than %s", slowest)
	}
	return timed(func(r *Record) Finding {
		some := of(r, who)
		if len(some) < leastCalls || len(r.Injections) == 0 {
			return void(bound, "%d calls, %d faults", len(some), len(r.Injections))
		}
		failed, longest := failedOf(some), Slowest(some)
		if failed > 0 {
			return broke(bound, "%d of %d failed: %s", failed, len(some), failures(some))
		}
		return holds(slowest == 0 || longest <= slowest, bound, "%d calls, the slowest %s", len(some), short(longest))
	})
}

// FailsOnlyWith is the bound: what fails is answered with one of the statuses, as long as a
// fault lasts and afterwards. When nothing failed, no fault was felt.
func FailsOnlyWith(who Who, statuses ...int) Bound {
	names := make([]string, len(statuses))
	for i, s := range statuses {
		names[i] = strconv.Itoa(s)
	}
	bound := "what fails is answered with " + strings.Join(names, " or ")
	return func(r *Record) Finding {
		some := of(r, who)
		failed, others := failedOf(some), 0
		for _, s := range some {
			if !s.OK() && !slices.Contains(statuses, s.Status) {
				others++
			}
		}
		if failed == 0 {
			return void(bound, "nothing failed")
		}
		return holds(others == 0, bound, "%d of %d: %s", failed, len(some), failures(some))
	}
}

// LoginsFail is the bound: while a fault lasts, logins are answered with status, and without
// one they are not.
func LoginsFail(status int, margin time.Duration) Bound {
	bound := fmt.Sprintf("logins are answered with %d", status)
	return func(r *Record) Finding {
		refused, wrong, early := 0, 0, 0
		for _, s := range of(r, func(_ *Record, s *Sample) bool { return s.Kind == Login }) {
			i := r.cause(s)
			during := i != nil && s.At.After(i.From) && s.end().Before(i.To)
			after := i != nil && s.At.After(i.To.Add(margin))
			switch {
			case during && s.Status == status:
				refused++
			case during:
				wrong++
			case (i == nil || after) && !s.OK():
				early++
			}
		}
		switch {
		case wrong+early > 0:
			return broke(bound, "%d were answered otherwise, %d failed without a fault", wrong, early)
		case refused == 0:
			return void(bound, "nobody tried")
		}
		return held(bound, "%d of them", refused)
	}
}

// Refuses is the bound: nothing sent to a node that a fault strikes is acknowledged between
// after from the start of the fault and its end.
func Refuses(after time.Duration) Bound {
	bound := fmt.Sprintf("from %s on, the one struck acknowledges nothing", after)
	return timed(func(r *Record) Finding {
		seen, acked := 0, 0
		for _, s := range of(r, Struck) {
			i := r.cause(s)
			if i == nil || i.Node != s.Node || s.At.Before(i.From.Add(after)) || s.end().After(i.To) {
				continue
			}
			if seen++; s.OK() {
				acked++
			}
		}
		if seen < leastCalls {
			return void(bound, "%d calls", seen)
		}
		return holds(acked == 0, bound, "%d of %d acknowledged", acked, seen)
	})
}

func failedOf(some []*Sample) (n int) {
	for _, s := range some {
		if !s.OK() {
			n++
		}
	}
	return n
}

// Slowest gives how long the slowest call took that succeeded.
func Slowest(some []*Sample) (longest time.Duration) {
	for _, s := range some {
		if s.OK() {
			longest = max(longest, s.Took)
		}
	}
	return longest
}

// Calls sums up what the probe saw of every node: how many calls were made, how
// many failed, and the slowest that succeeded.
func (r *Record) Calls(who Who) (calls, failed int, slowest time.Duration) {
	some := of(r, who)
	return len(some), failedOf(some), Slowest(some)
}

// failures counts outcomes, the most frequent first.
func failures(some []*Sample) string {
	counts := map[string]int{}
	for _, s := range some {
		if !s.OK() {
			name := s.Outcome
			if s.Status != 0 {
				name = fmt.Sprintf("%d %s", s.Status, s.Outcome)
			}
			counts[name]++
		}
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%d × %s", counts[name], name)
	}
	return strings.Join(names, ", ")
}
