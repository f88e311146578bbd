package checker

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/swiperhq/swiper/social"
)

// How long an event may stand among a user's events before a connection that stands
// as well must have been told of it. The system may lose what tells it that there is
// something to push and then looks by itself twice a minute; a fault may keep a node
// from looking, too.
const (
	pushDue        = 40 * time.Second
	pushDueInFault = 100 * time.Second
)

// heard sums up what those who listened heard.
type heard struct {
	listened int // users with a connection
	pushed   int // events
	told     int // events that these users were told of by readings
	late     int // of them those that were not pushed when the run ended, and may yet be
}

// The share of the events that may be under way when a run ends. A connection to a
// node that was cut off is silent for a while before its client gives it up.
const (
	lateShare        = 0.01
	lateShareInFault = 0.5
)

// void gives the reasons for which the listeners prove nothing.
func (h heard) void(listeners int, faults bool) []string {
	share := lateShare
	if faults {
		share = lateShareInFault
	}
	switch {
	case listeners > 0 && h.listened == 0:
		return []string{fmt.Sprintf("none of %d listeners had a connection", listeners)}
	case float64(h.late) > max(1, share*float64(h.told)):
		return []string{fmt.Sprintf("%d of %d events were not pushed before the listeners left", h.late, h.told)}
	}
	return nil
}

// listener is what is known of one user who listened.
type listener struct {
	conns []*Op // in order
	// reading is the latest, first is when each event was first read.
	reading *Op
	first   map[string]int64
}

// judgePushes compares what was pushed to each user with what readings tell. A user's
// connections go on where the one before ended, and push in the order of the readings,
// so that all of them together are the list from its beginning, without a gap.
func judgePushes(ops []Op, faults bool, found *findings) (h heard) {
	due := int64(pushDue)
	if faults {
		due = int64(pushDueInFault)
	}
	users := listenersOf(ops)
	for _, uid := range slices.Sorted(maps.Keys(users)) {
		l := users[uid]
		h.listened++
		for _, c := range l.conns {
			h.pushed += len(c.Events)
		}
		if l.reading == nil {
			continue // settled without it: the run is not complete
		}
		h.told += len(l.reading.Events)
		h.late += l.judge(uid, due, found)
	}
	return h
}

func listenersOf(ops []Op) map[social.UserID]*listener {
	users := map[social.UserID]*listener{}
	for i := range ops {
		if op := &ops[i]; op.Kind == Pushes {
			if users[op.UID] == nil {
				users[op.UID] = &listener{first: map[string]int64{}}
			}
			users[op.UID].conns = append(users[op.UID].conns, op)
		}
	}
	for i := range ops {
		op := &ops[i]
		l := users[op.UID]
		if l == nil || op.Kind != Events || !op.Acked() || op.Initial {
			continue
		}
		if l.reading == nil || op.Call > l.reading.Call {
			l.reading = op
		}
		for _, e := range op.Events {
			if at, known := l.first[e.ID]; !known || op.Return < at {
				l.first[e.ID] = op.Return
			}
		}
	}
	for _, l := range users {
		slices.SortStableFunc(l.conns, func(a, b *Op) int { return cmp.Compare(a.Call, b.Call) })
	}
	return users
}

// judge walks through the connections of one user. It gives how many events nobody
// knows the fate of.
func (l *listener) judge(uid social.UserID, due int64, found *findings) (late int) {
	events := l.reading.Events
	place := make(map[string]int, len(events))
	for i, e := range events {
		place[e.ID] = i
	}
	wrong := func(kind AnomalyKind, c *Op, format string, args ...any) {
		found.add(Anomaly{kind, fmt.Sprintf("user %d: ", uid) + fmt.Sprintf(format, args...), []Op{*c, *l.reading}})
	}
	pushed := map[string]bool{}
	next := 0 // in events: what is to be pushed
	for _, c := range l.conns {
		for _, e := range c.Events {
			at, known := place[e.ID]
			switch {
			case pushed[e.ID]:
				wrong(DoubledPush, c, "event %s was pushed again", e.ID)
			case !known && e.At < l.reading.Call:
				wrong(PhantomPush, c, "event %s was pushed, and is not among the events read afterwards", e.ID)
			case known && (events[at].Kind != e.Kind || events[at].Other != e.Other):
				wrong(PhantomPush, c, "event %s was pushed as a %s with %d, and is a %s with %d", e.ID, e.Kind, e.Other, events[at].Kind, events[at].Other)
			}
			pushed[e.ID] = true
			for ; known && next < at; next++ {
				wrong(MissedPush, c, "event %s was passed over: %s, which stands behind it, was pushed before it", events[next].ID, e.ID)
			}
			if known {
				next = max(next, at+1)
			}
		}
		for i := next; i < len(events); i++ {
			if since := max(c.Call, l.first[events[i].ID]); c.Return-since > due {
				wrong(MissedPush, c, "event %s was not pushed within %.0f s to a connection that stood", events[i].ID, float64(c.Return-since)/1e9)
				next = i + 1
			}
		}
	}
	return len(events) - next
}
