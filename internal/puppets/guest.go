package puppets

import (
	"math/rand/v2"
	"time"

	"github.com/swiperhq/swiper/social"
)

// When puppets move. The first like comes soon, so that a newcomer who likes
// what is dealt has a match within a minute; the others take their time.
const (
	firstAfter = 3 * time.Second
	pause      = 6 * time.Second // at least, between two that were not liked first
	answer     = 2 * time.Second // at least, to a like
	spread     = 7 * time.Second // at most so much later
)

// plan is a swipe to come.
type plan struct {
	puppet, guest social.UserID
	mark          social.Mark
	at            time.Time
}

// guest is someone to whom cards are dealt.
type guest struct {
	seen    time.Time
	met     map[social.UserID]bool // puppets that have made up their minds
	planned []plan
	last    time.Time // when the latest planned swipe that answers nobody is due
	ignored int       // likes in a row that nobody will answer
}

// guestOf gives what is known of uid, making room for it.
func (p *Puppets) guestOf(uid social.UserID) *guest {
	g, ok := p.guests[uid]
	if !ok {
		if len(p.guests) >= maxGuests {
			p.forgetOne()
		}
		g = &guest{met: map[social.UserID]bool{}}
		p.guests[uid] = g
	}
	g.seen = p.Now()
	if len(g.met) >= maxMet {
		clear(g.met)
	}
	return g
}

func (p *Puppets) forgetOne() {
	var oldest social.UserID
	for uid, g := range p.guests {
		if oldest == 0 || g.seen.Before(p.guests[oldest].seen) {
			oldest = uid
		}
	}
	delete(p.guests, oldest)
}

// dealt lets some of those who were dealt to uid like uid in turn.
func (p *Puppets) dealt(uid social.UserID, cards []social.Card) {
	g := p.guestOf(uid)
	for i := range cards {
		sid := cards[i].UserID
		if g.met[sid] || len(g.planned) >= maxPlanned {
			continue
		}
		g.met[sid] = true
		mark, forward := opening(uid, sid)
		// Nobody is to wait for a first like until chance grants one.
		if g.last.IsZero() && i >= min(1, len(cards)-1) && !forward {
			mark, forward = social.MarkLike, true
		}
		if !forward {
			continue
		}
		now := p.Now()
		at := now.Add(firstAfter)
		if !g.last.IsZero() {
			at = later(now, g.last).Add(pause + jitter(uid, sid))
		}
		g.last = at
		g.planned = append(g.planned, plan{sid, uid, mark, at})
	}
}

// liked lets sid answer a like of uid's, or not.
func (p *Puppets) liked(uid, sid social.UserID) {
	g := p.guestOf(uid)
	for i := range g.planned {
		if g.planned[i].puppet == sid { // it would have come anyway, and hurries now
			g.planned[i].at = earlier(g.planned[i].at, p.Now().Add(answer+jitter(uid, sid)))
			return
		}
	}
	// Two likes in a row may stay without an answer, not three.
	if !answers(uid, sid) && g.ignored < 2 {
		g.ignored++
		return
	}
	g.ignored = 0
	if len(g.planned) < maxPlanned {
		g.met[sid] = true
		g.planned = append(g.planned, plan{sid, uid, social.MarkLike, p.Now().Add(answer + jitter(uid, sid))})
	}
}

// What dice decide about.
const (
	aboutOpening = iota
	aboutAnswer
	aboutTime
)

// dice decide something for a pair, always the same.
func dice(uid, sid social.UserID, about uint64) *rand.Rand {
	src := rand.NewPCG(uint64(uid)<<2|about, uint64(sid)) //nolint:gosec // ids are positive
	src.Uint64()                                          // the first outputs of neighbouring seeds are alike
	return rand.New(src)                                  //nolint:gosec // made-up people need no secrecy
}

// opening tells what sid does about uid unasked: one of four likes, of these one
// of five very much.
func opening(uid, sid social.UserID) (mark social.Mark, forward bool) {
	switch n := dice(uid, sid, aboutOpening).IntN(20); {
	case n == 0:
		return social.MarkSuperlike, true
	case n < 5:
		return social.MarkLike, true
	}
	return 0, false
}

// answers tells whether sid likes uid back.
func answers(uid, sid social.UserID) bool { return dice(uid, sid, aboutAnswer).IntN(100) < 40 }

func jitter(uid, sid social.UserID) time.Duration {
	return time.Duration(dice(uid, sid, aboutTime).Int64N(int64(spread)))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
