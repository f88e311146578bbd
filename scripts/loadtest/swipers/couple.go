package swipers

import (
	"context"
	"math/rand/v2"

	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

const (
	searches = 32    // for two who are free and have not met
	quarrels = 0.08  // share of the couples who cross each other instead
	echoes   = 0.05  // of the couples one of whom sends the like again at once
	keyedTwo = 0.125 // share of couples' likes with an Idempotency-Key
)

// couple lets two who have not met like each other at the same instant, through
// different nodes if there are several. It gives how long to go easy, and false
// if no two were found.
func (c *Crowd) couple(ctx context.Context, dice *rand.Rand) (*turn, bool) {
	a, b := c.two(dice)
	if a == nil {
		return nil, false
	}
	defer a.mu.Unlock()
	defer b.mu.Unlock()
	ta, tb := &turn{ctx: ctx, c: c, s: a}, &turn{ctx: ctx, c: c, s: b}
	if dice.Float64() < quarrels {
		ta.quarrel(tb)
	} else {
		ta.fallFor(tb)
	}
	ta.wait = max(ta.wait, tb.wait)
	return ta, true
}

// two finds and locks two swipers neither of whom has met the other. Whoever
// plays holds one lock or none and only tries for more, so nobody waits in a circle.
func (c *Crowd) two(dice *rand.Rand) (a, b *swiper) {
	for range searches {
		a, b = c.people[dice.IntN(len(c.people))], c.people[dice.IntN(len(c.people))]
		if a == b || !a.mu.TryLock() {
			continue
		}
		if !b.mu.TryLock() {
			a.mu.Unlock()
			continue
		}
		_, met := a.met[b.id]
		_, metBack := b.met[a.id]
		if !met && !metBack {
			return a, b
		}
		b.mu.Unlock()
		a.mu.Unlock()
	}
	return nil, nil
}

// hows decides how two requests of one instant are sent.
func (t *turn) hows(other *turn) (mine, its client.How) {
	mine, its = t.how(), other.how()
	if its.Intended.After(mine.Intended) {
		mine.Intended = its.Intended // they leave together
	} else {
		its.Intended = mine.Intended
	}
	if n := t.c.o.Nodes; n > 1 && mine.Node == its.Node {
		its.Node = (mine.Node + 1) % n
	}
	return mine, its
}

func (t *turn) fallFor(other *turn) {
	mine := past{other.s.id, social.MarkLike, t.key(keyedTwo)}
	its := past{t.s.id, social.MarkLike, other.key(keyedTwo)}
	t.s.remember(mine)
	other.s.remember(its)
	h, o := t.hows(other)
	h.Key, o.Key, h.Couple, o.Couple = mine.key, its.key, true, true
	answers := together(
		func() client.Answer { return t.c.o.Door.Swipe(h, t.s.id, mine.sid, mine.mark) },
		func() client.Answer { return t.c.o.Door.Swipe(o, other.s.id, its.sid, its.mark) },
	)
	t.took(h, &answers[0])
	other.took(o, &answers[1])
	if answers[0].OK() && answers[1].OK() {
		t.s.befriend(mine.sid)
		other.s.befriend(its.sid)
		t.c.couples.Add(1)
	}
	if t.s.chance(echoes) && !t.over() {
		t.send(t.how(), mine)
	}
}

// quarrel lets one take its like back, or the friendship, while the other likes
// it or does the same.
func (t *turn) quarrel(other *turn) {
	mine, its := past{other.s.id, social.MarkLike, ""}, past{t.s.id, social.MarkLike, ""}
	t.s.remember(mine)
	if t.send(t.how(), mine); t.over() {
		return
	}
	other.s.remember(its)
	first := t.s.chance(0.6)
	if !first {
		if other.send(other.how(), its); t.over() {
			return
		}
	}
	h, o := t.hows(other)
	back := func() client.Answer { return t.c.o.Door.Rewind(h, t.s.id) }
	forth := func() client.Answer { return other.c.o.Door.Swipe(o, other.s.id, its.sid, its.mark) }
	switch {
	case first: // one likes while the other takes the like back
		answers := together(back, forth)
		t.rewound(h, &answers[0])
		other.took(o, &answers[1])
	case t.s.chance(0.5): // both end the friendship
		answers := together(
			func() client.Answer { return t.c.o.Door.Unfriend(h, t.s.id, mine.sid) },
			func() client.Answer { return other.c.o.Door.Unfriend(o, other.s.id, its.sid) },
		)
		t.heed(h, &answers[0])
		other.heed(o, &answers[1])
	default: // one takes the like back while the other ends the friendship
		answers := together(back, func() client.Answer { return other.c.o.Door.Unfriend(o, other.s.id, its.sid) })
		t.rewound(h, &answers[0])
		other.heed(o, &answers[1])
	}
	t.s.part(mine.sid)
	other.s.part(its.sid)
}
