package judge

import (
	"fmt"
	"time"
)

// Exited is the bound: the node that each fault strikes ends its process with status within
// the time after the fault ended, by itself.
func Exited(status int, from From, within time.Duration) Bound {
	bound := fmt.Sprintf("the one struck exits by itself with status %d within %s", status, within)
	return timed(func(r *Record) Finding {
		if len(r.Injections) == 0 {
			return void(bound, "no fault")
		}
		var longest time.Duration
		for i := range r.Injections {
			in := &r.Injections[i]
			e := r.exitOf(in.Node, in.From)
			switch {
			case e == nil:
				return broke(bound, "node %d did not exit", in.Node+1)
			case e.Asked || e.Status != status:
				return broke(bound, "node %d exited with status %d", in.Node+1, e.Status)
			}
			longest = max(longest, e.At.Sub(from.of(in)))
		}
		return holds(longest <= within, bound, "%s", short(longest))
	})
}

// exitOf gives the first exit of a node after a moment.
func (r *Record) exitOf(node int, after time.Time) *Exit {
	for i := range r.Exits {
		if e := &r.Exits[i]; e.Node == node && !e.At.Before(after) {
			return e
		}
	}
	return nil
}

// ExitsOnlyAsked is the bound: no process ends by itself, but with one of the statuses.
func ExitsOnlyAsked(allowed ...int) Bound {
	const bound = "nobody else exits"
	return timed(func(r *Record) Finding {
		strange := 0
		what := ""
		for _, e := range r.Exits {
			ok := e.Asked
			for _, status := range allowed {
				ok = ok || e.Status == status
			}
			if !ok {
				strange++
				what = fmt.Sprintf(", the last one node %d with status %d", e.Node+1, e.Status)
			}
		}
		return holds(strange == 0, bound, "%d did%s", strange, what)
	})
}

// NothingLate is the bound: what was under way at a node when it was paused is not written
// after its deadline.
func NothingLate() Bound {
	const bound = "nothing past its deadline is written"
	return func(r *Record) Finding {
		if r.Late == nil || r.Late.Sent == 0 {
			return void(bound, "nothing was under way")
		}
		l := r.Late
		return holds(l.After == 0, bound, "%d under way, %d written, %d of them late, the last %s after it was sent", l.Sent, l.Written, l.After, short(l.Worst))
	}
}

// ViewsAgree is the bound: within that time after each fault ended, all nodes know the same
// members, every one of the nodes, and go on doing so until the next fault.
func ViewsAgree(within time.Duration) Bound {
	bound := fmt.Sprintf("all members' views agree within %s", within)
	return timed(func(r *Record) Finding {
		if len(r.Views) == 0 || len(r.Injections) == 0 {
			return void(bound, "nobody was asked")
		}
		var longest time.Duration
		for n := range r.Injections {
			in := &r.Injections[n]
			until := r.End
			if n+1 < len(r.Injections) {
				until = r.Injections[n+1].From
			}
			took, ok := r.agreedAfter(in.To, until)
			if !ok {
				return broke(bound, "they still differ %s after", short(until.Sub(in.To)))
			}
			longest = max(longest, took)
		}
		return holds(longest <= within, bound, "%s", short(longest))
	})
}

// agreedAfter gives how long after from the views agree for good, as far as they
// were looked at until then.
func (r *Record) agreedAfter(from, until time.Time) (time.Duration, bool) {
	latest := map[int]View{}
	since, agree := time.Time{}, false
	for _, v := range r.Views {
		if v.At.After(until) {
			break
		}
		if v.Node >= r.Nodes || v.Hash == "" {
			continue // one that is slow to answer has not changed its view by that
		}
		latest[v.Node] = v
		if v.At.Before(from) {
			continue
		}
		was := agree
		agree = r.agree(latest, from)
		if agree && !was {
			since = v.At
		}
	}
	return since.Sub(from), agree
}

// agree tells whether every node has been asked since then and all say the same.
func (r *Record) agree(latest map[int]View, since time.Time) bool {
	for node := range r.Nodes {
		v, ok := latest[node]
		if !ok || v.At.Before(since) || v.Members != r.Nodes || v.Hash != latest[0].Hash {
			return false
		}
	}
	return true
}

// MemoryBounded is the bound: no process grows by more than so many bytes over the most that
// any had before the first fault.
func MemoryBounded(growth int64) Bound {
	bound := fmt.Sprintf("no process grows by more than %d MiB", growth>>20)
	return func(r *Record) Finding {
		if len(r.Injections) == 0 {
			return void(bound, "no fault")
		}
		var before, most int64
		for _, m := range r.Memory {
			if m.At.Before(r.Injections[0].From) {
				before = max(before, m.Bytes)
			}
			most = max(most, m.Bytes)
		}
		if before == 0 {
			return void(bound, "nothing was measured before")
		}
		return holds(most-before <= growth, bound, "from %d to %d MiB", before>>20, most>>20)
	}
}

// CountersExact is the bound: no counter of a quota stands above its limit on any day, and
// everybody's counters are what was granted to them.
func CountersExact(days int) Bound {
	const bound = "quotas are exact"
	return func(r *Record) Finding {
		c := r.Counters
		switch {
		case c == nil || c.Counters == 0:
			return void(bound, "none was used")
		case c.Over > 0 || c.Wrong > 0:
			return broke(bound, "%d of %d counters above the limit, %d users' not what was granted: %s", c.Over, c.Counters, c.Wrong, c.Example)
		case c.Days < days:
			return void(bound, "%d counters, all on %d day(s)", c.Counters, c.Days)
		}
		return held(bound, "%d counters on %d days", c.Counters, c.Days)
	}
}
