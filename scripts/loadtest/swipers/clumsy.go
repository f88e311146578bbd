package swipers

import (
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// nobody is an id that no database gets to.
const nobody social.UserID = 1 << 52

// repeat sends an earlier swipe again as it was, key included.
func (t *turn) repeat() {
	if p, ok := pick(t.s.dice, t.s.past); ok {
		t.send(t.rash(), p)
	}
}

// submitTwice sends a new swipe two or three times: at the same instant or
// right after, under one key or none.
func (t *turn) submitTwice() {
	sid := t.s.nextCard()
	if sid == 0 {
		if sid = t.stranger(); sid == 0 {
			return
		}
	}
	p := past{sid, t.s.taste.mark(t.s.dice, t.s.sex), t.key(0.5)}
	t.s.remember(p)
	copies := 2 + t.s.dice.IntN(2)
	if !t.s.taste.Hasty || t.s.chance(0.3) {
		for i := 0; i < copies && !t.over(); i++ {
			t.send(t.how(), p)
		}
		return
	}
	sends, hows := make([]func() client.Answer, copies), make([]client.How, copies)
	for i := range copies {
		hows[i] = t.how()
		hows[i].Key = p.key
		sends[i] = func() client.Answer { return t.c.o.Door.Swipe(hows[i], t.s.id, p.sid, p.mark) }
	}
	for i, a := range together(sends...) {
		t.took(hows[i], &a)
	}
}

// contradict puts another mark on someone it has swiped; it must be refused
// while the first one stands.
func (t *turn) contradict() {
	p, ok := pick(t.s.dice, t.s.past)
	if !ok {
		return
	}
	p.key = t.key(keyedSwipes)
	if p.mark == social.MarkDislike {
		p.mark = social.MarkLike
	} else {
		p.mark = social.MarkDislike
	}
	t.send(t.how(), p)
}

// reuseKey sends something else under a key that is taken; it must be refused.
func (t *turn) reuseKey() {
	sid := t.stranger()
	for _, p := range t.s.past {
		if p.key != "" && sid != 0 {
			t.s.remember(past{sid: sid, mark: p.mark}) // a key that was never granted is free
			h := t.how()
			h.Key, h.Misused = p.key, true
			a := t.c.o.Door.Swipe(h, t.s.id, sid, p.mark)
			t.took(h, &a)
			return
		}
	}
}

// blunder swipes oneself, or nobody: both must be refused.
func (t *turn) blunder() {
	sid := t.s.id
	if t.s.chance(0.5) {
		sid = nobody + social.UserID(t.s.dice.Int64N(1<<20))
	}
	t.send(t.how(), past{sid, social.MarkLike, ""})
}
