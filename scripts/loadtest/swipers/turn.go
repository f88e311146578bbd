package swipers

import (
	"context"
	"sync"
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

const (
	// impatient is the share of requests whose sender gives up almost at once, so
	// that there are outcomes nobody was told of.
	impatient    = 0.005
	patienceLeft = 3 * time.Millisecond // at most
	keyedSwipes  = 0.15                 // share that carries an Idempotency-Key
	keyedRewinds = 0.5
	tries        = 3 // of what got no answer
)

// Waits after a node said that it is busy, or said nothing.
const (
	leastWait = 100 * time.Millisecond
	mostWait  = 2 * time.Second
)

// turn is one go of a swiper: one thing done, with what it entails.
type turn struct {
	ctx  context.Context
	c    *Crowd
	s    *swiper
	wait time.Duration // how long whoever plays should go easy on the server
}

// over tells whether the load has ended: what is begun may be left undone.
func (t *turn) over() bool { return t.ctx.Err() != nil }

// how decides how to send the next request.
func (t *turn) how() client.How {
	h := client.How{Intended: t.c.pace.take(t.ctx)}
	if t.c.o.Nodes > 1 {
		h.Node = t.s.dice.IntN(t.c.o.Nodes)
	}
	return h
}

// rash is how, now and then without the patience to wait for the answer.
func (t *turn) rash() client.How {
	h := t.how()
	if t.s.chance(impatient) {
		h.Timeout = time.Duration(1 + t.s.dice.Int64N(int64(patienceLeft)))
	}
	return h
}

// key gives an Idempotency-Key for a share of requests, "" for the others.
func (t *turn) key(share float64) string {
	if !t.s.chance(share) {
		return ""
	}
	return t.s.newKey(t.c.o.Tag)
}

// heed takes note of an answer that asks to go easy.
func (t *turn) heed(h client.How, a *client.Answer) {
	switch {
	case !a.Passing() || h.Timeout != 0:
	case a.Busy():
		t.wait = max(t.wait, min(mostWait, max(leastWait, a.RetryAfter)))
	default:
		t.s.rest = time.Now().Add(min(mostWait, max(leastWait, a.RetryAfter)))
	}
}

// swipe swipes someone for the first time, or so it believes, and again if no
// answer comes: with the same key if there was one.
func (t *turn) swipe(sid social.UserID, mark social.Mark) {
	p := past{sid, mark, t.key(keyedSwipes)}
	t.s.remember(p)
	h := t.rash()
	for try := 1; ; try++ {
		a := t.send(h, p)
		if !a.Unknown() || try == tries || t.over() || t.s.chance(0.15) {
			return
		}
		rest(t.ctx, t.wait)
		h = t.how()
	}
}

// send sends a swipe once.
func (t *turn) send(h client.How, p past) client.Answer {
	h.Key = p.key
	a := t.c.o.Door.Swipe(h, t.s.id, p.sid, p.mark)
	t.took(h, &a)
	return a
}

func (t *turn) took(h client.How, a *client.Answer) {
	t.heed(h, a)
	t.s.learn(a)
	t.c.count(a)
}

// rewind takes the latest swipe back, and tries again with the same key, or
// now and then without one, if no answer comes.
func (t *turn) rewind() {
	h, key := t.rash(), t.key(keyedRewinds)
	for try := 1; ; try++ {
		h.Key = key
		a := t.c.o.Door.Rewind(h, t.s.id)
		t.rewound(h, &a)
		if !a.Unknown() || try == tries || t.over() || (key == "" && t.s.chance(0.5)) {
			return
		}
		rest(t.ctx, t.wait)
		h = t.how()
	}
}

func (t *turn) rewound(h client.How, a *client.Answer) {
	t.heed(h, a)
	if !a.OK() {
		return
	}
	delete(t.s.met, a.Op.SID)
	t.s.part(a.Op.SID)
}

// together sends all at the same instant and gives the answers in their order.
func together(sends ...func() client.Answer) []client.Answer {
	answers := make([]client.Answer, len(sends))
	gate := make(chan struct{})
	var ready, done sync.WaitGroup
	for i, send := range sends {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			answers[i] = send()
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
	return answers
}
