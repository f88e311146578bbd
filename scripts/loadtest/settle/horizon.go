package settle

import (
	"cmp"
	"slices"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// A server may tell events a while after they happened, all in one order: as long
// as somebody else's transaction is open on its database, nothing that came later is
// told. What is read meanwhile would look lost.
const (
	// heralds is how many of the latest matches are waited for.
	heralds = 8
	// heraldWait is how long.
	heraldWait = 8 * time.Second
	// heraldPause is between two looks.
	heraldPause = 100 * time.Millisecond
)

// herald is a match that was acknowledged: its event shows how far events are told.
type herald struct {
	uid, sid social.UserID
	told     bool
}

// heraldsOf gives the latest matches, the newest first, each of another user.
func heraldsOf(ops []checker.Op, member func(social.UserID) bool) []herald {
	var matches []*checker.Op
	for i := range ops {
		if op := &ops[i]; op.Kind == checker.Swipe && op.Acked() && op.Matched && !op.Repeated && !op.Replayed && member(op.UID) {
			matches = append(matches, op)
		}
	}
	slices.SortFunc(matches, func(a, b *checker.Op) int { return cmp.Compare(b.Return, a.Return) })
	var out []herald
	for _, op := range matches {
		if !slices.ContainsFunc(out, func(h herald) bool { return h.uid == op.UID }) {
			out = append(out, herald{uid: op.UID, sid: op.SID})
		}
		if len(out) == heralds {
			break
		}
	}
	return out
}

// awaitEvents waits until the latest matches are told of, and gives false if they are
// held up: none is told of behind one that is not. One that is missing before one
// that is there is another matter, for the judge.
func (s *settling) awaitEvents(of []herald) bool {
	end := time.Now().Add(heraldWait)
	for {
		for i := range of {
			s.hear(&of[i])
		}
		switch {
		case s.noEvents.Load(), !slices.ContainsFunc(of, func(h herald) bool { return !h.told }):
			return true
		case s.ctx.Err() != nil || time.Now().After(end):
			first := slices.IndexFunc(of, func(h herald) bool { return h.told })
			return first == 0 || (first > 0 && slices.ContainsFunc(of[first:], func(h herald) bool { return !h.told }))
		}
		pause(s.ctx, heraldPause)
	}
}

// hear reads on in the events of h's user.
func (s *settling) hear(h *herald) {
	f := s.o.Feed(h.uid)
	for !h.told {
		before := len(f.Events)
		a := s.o.Door.ReadEvents(client.How{Probe: true}, h.uid, f)
		if a.Outcome == string(social.CodeNotFound) {
			s.noEvents.Store(true)
		}
		h.told = slices.ContainsFunc(f.Events, func(e checker.Event) bool {
			return e.Kind == string(social.EventMatch) && e.Other == h.sid
		})
		if !a.OK() || len(f.Events) == before {
			return
		}
	}
}
