package checker

import (
	"fmt"
	"math"
	"strconv"

	"github.com/swiperhq/swiper/social"
)

// told is what a user's latest reading of their events says, by the other side.
type told struct {
	call, ret int64
	counts    map[social.UserID]eventCount
}

type eventCount struct{ matches, unmatches int }

// readEvents takes the latest reading of each user, and reports what is wrong
// with it whatever happened.
func (t *table) readEvents(ops []Op, found *findings) map[social.UserID]*told {
	latest := map[social.UserID]*Op{}
	for i := range ops {
		op := &ops[i]
		if op.Kind == Events && op.Acked() && !op.Initial && (latest[op.UID] == nil || op.Call > latest[op.UID].Call) {
			latest[op.UID] = op
		}
	}
	out := make(map[social.UserID]*told, len(latest))
	for uid, op := range latest {
		seen := make(map[string]bool, len(op.Events))
		of := &told{call: op.Call, ret: op.Return, counts: map[social.UserID]eventCount{}}
		for _, e := range op.Events {
			if seen[e.ID] {
				found.add(Anomaly{DoubledEvent, fmt.Sprintf("user %d was given event %s more than once", uid, e.ID), []Op{*op}})
				continue
			}
			seen[e.ID] = true
			n := of.counts[e.Other]
			switch social.EventKind(e.Kind) {
			case social.EventMatch:
				n.matches++
			case social.EventUnmatched:
				n.unmatches++
			default:
				continue
			}
			of.counts[e.Other] = n
			if _, known := t.ids[social.PairOf(uid, e.Other)]; !known && t.fresh {
				found.add(Anomaly{PhantomEvent, fmt.Sprintf("user %d was told of a %s with %d, and neither ever swiped the other", uid, e.Kind, e.Other), []Op{*op}})
			}
		}
		out[uid] = of
	}
	return out
}

// bounds of a count.
type bounds struct{ least, most int }

// judgeEvents compares what one side of a pair was told with what happened. Each
// new friendship makes one match event for each side; each end of one makes an
// unmatched event for the side that did not end it.
func (t *table) judgeEvents(pair int32, s side, acts []act, of *told) (kind AnomalyKind, detail string) {
	p := &t.pairs[pair]
	uid, other := p.user(s), p.user(s.other())
	got := of.counts[other]
	if k := compare(got.matches, t.made(pair, acts, of)); k != "" {
		return k, fmt.Sprintf("user %d was told of %d new friendships with %d, and there were %s", uid, got.matches, other, t.made(pair, acts, of))
	}
	ends := endings(acts, of)[s.other()]
	if k := compare(got.unmatches, ends); k != "" {
		return k, fmt.Sprintf("user %d was told %d times that %d ended their friendship, which happened %s times", uid, got.unmatches, other, ends)
	}
	return "", ""
}

func compare(got int, want bounds) AnomalyKind {
	switch {
	case got < want.least:
		return LostEvent
	case got > want.most && want.most == 0:
		return PhantomEvent
	case got > want.most:
		return DoubledEvent
	}
	return ""
}

func (b bounds) String() string {
	if b.least == b.most {
		return strconv.Itoa(b.least)
	}
	return fmt.Sprintf("%d to %d", b.least, b.most)
}

// endings bounds how often each side had ended the friendship when the events
// were read.
func endings(acts []act, of *told) (ends [2]bounds) {
	for i := range acts {
		a := &acts[i]
		if a.call > of.ret || !a.ends() {
			continue
		}
		ends[a.side].most++
		if a.ret < of.call {
			ends[a.side].least++
		}
	}
	return ends
}

// ends tells whether a ended a friendship, or may have.
func (a *act) ends() bool {
	if a.kind == actRewind {
		return a.unmatched || a.said == saidNothing
	}
	return a.kind == actUnfriend && a.changes()
}

// made bounds how many friendships had been made when the events were read:
// as many as had ended, and one more if one stood, less one that stood before.
func (t *table) made(pair int32, acts []act, of *told) bounds {
	if !t.mayBeFriends(pair) {
		return bounds{}
	}
	begin := int64(math.MaxInt64) // of the first change
	sure := true                  // that all is settled when the events are read
	var seen *act                 // the latest reading before the events
	for i := range acts {
		a := &acts[i]
		switch {
		case a.changes():
			begin = min(begin, a.call)
			sure = sure && (a.ret < of.call || a.call > of.ret)
		case a.kind == actSeen && a.ret < of.call && (seen == nil || a.call > seen.call):
			seen = a
		}
	}
	before := t.stoodBefore(acts, begin)
	ends := endings(acts, of)
	total := bounds{ends[0].least + ends[1].least, ends[0].most + ends[1].most}
	out := bounds{total.least - before.most, total.most + 1 - before.least}
	if seen != nil {
		until := endings(acts, &told{call: seen.call, ret: seen.call})
		out.least = max(out.least, until[0].least+until[1].least+one(seen.matched)-before.most)
		if sure && !changed(acts, seen.call, of.ret) {
			out = bounds{total.least + one(seen.matched) - before.most, total.most + one(seen.matched) - before.least}
		}
	}
	out.least = max(out.least, formations(acts, of.call), 0)
	return out
}

// stoodBefore bounds whether a friendship stood when the run began: 0 to 1.
func (t *table) stoodBefore(acts []act, begin int64) bounds {
	if t.fresh {
		return bounds{}
	}
	for i := range acts {
		if a := &acts[i]; a.kind == actSeen && a.ret < begin {
			return bounds{one(a.matched), one(a.matched)}
		}
	}
	return bounds{0, 1}
}

// changed tells whether anything may have changed the pair from one moment to
// another.
func changed(acts []act, from, to int64) bool { return !quiet(acts, from, to) }

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
