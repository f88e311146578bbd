package listen

import (
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/social"
)

// Operation is what delays are called among the operations of a Result.
const Operation = "push"

// Summary tells what those who listened heard.
type Summary struct {
	Listeners   int // who had a connection
	Connections int
	Events      int // that were pushed
	// Delay is from a swipe's answer that told of a match until the push of it at the
	// other side, which may come first and then counts as the shortest. Swipes before
	// the measured part of the run, and pushes to connections that were opened after
	// the swipe, are left out.
	Delay measure.Op
}

// Sum makes a Summary of a history; from is when the measured part began.
func Sum(ops []checker.Op, epoch time.Time, from int64) Summary {
	type pair struct{ uid, sid social.UserID }
	told := map[pair][]*checker.Op{} // swipes that were told of a match, as they returned
	listens := map[social.UserID]bool{}
	var out Summary
	for i := range ops {
		if op := &ops[i]; op.Kind == checker.Pushes {
			listens[op.UID] = true
			out.Connections++
			out.Events += len(op.Events)
		}
	}
	out.Listeners = len(listens)
	for i := range ops {
		op := &ops[i]
		if op.Kind == checker.Swipe && op.Acked() && op.Matched && !op.Repeated && !op.Replayed && (listens[op.UID] || listens[op.SID]) {
			told[pair{op.UID, op.SID}] = append(told[pair{op.UID, op.SID}], op)
		}
	}
	r := measure.New(measure.Options{Start: epoch, Warmup: time.Duration(from)})
	for i := range ops {
		c := &ops[i]
		if c.Kind != checker.Pushes {
			continue
		}
		for _, e := range c.Events {
			if e.Kind != string(social.EventMatch) {
				continue
			}
			swipe, own := latest(told[pair{e.Other, c.UID}], e.At), latest(told[pair{c.UID, e.Other}], e.At)
			switch {
			case swipe == nil || swipe.Call < c.Call || swipe.Probe:
			case own != nil && own.Call > swipe.Return: // they parted, and it is the listener's own like that they met by anew
			default:
				answered := epoch.Add(time.Duration(swipe.Return))
				r.Add(measure.Sample{Op: Operation, Intended: answered, Done: epoch.Add(time.Duration(max(e.At, swipe.Return))), Outcome: measure.OK})
			}
		}
	}
	result := r.Result()
	out.Delay = result.Op(Operation)
	return out
}

// latest gives the last of the swipes that was sent before a moment: a pair may
// match, part and match anew.
func latest(swipes []*checker.Op, at int64) (last *checker.Op) {
	for _, s := range swipes {
		if s.Call <= at && (last == nil || s.Call > last.Call) {
			last = s
		}
	}
	return last
}
