package swipers

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// Options of New. Door, People, Nodes and Tag are required.
type Options struct {
	Door   Door
	People []social.UserID // those who play; at least two
	Nodes  int             // targets behind Door
	Seed   uint64
	// Tag begins the Idempotency-Keys of a run; no other run on the same data may use it.
	Tag string
	// Couples is the share of the swipes that two make at the same instant, 0 to 1.
	Couples float64
	// Concurrency is how many play at a time in a closed loop, Rate how many
	// requests are meant to be sent a second in an open one. One of them is positive.
	Concurrency int
	Rate        float64
	// Room tells whether there is time left to look at more swipes after the load,
	// given how many people took part in any and how many swipes stood; without
	// room swipers only look around and repeat themselves. nil: there always is.
	Room func(touched, swipes int64) bool
	// Burst is how many superlikes some give at once, more than a day has; 0: 6.
	Burst int
	// Feed gives where uid goes on reading events; nil: from the start.
	Feed func(uid social.UserID) *client.Feed
}

// Crowd is everybody who plays.
type Crowd struct {
	o       Options
	people  []*swiper
	byID    map[social.UserID]*swiper
	weights []float64 // running sum of the activities
	habits  []habit
	total   int // weights of all habits
	still   []habit
	quiet   int // and of those that leave nothing behind
	pace    *pace

	couples, swipes atomic.Int64
	touched         sync.Map
	touchedCount    atomic.Int64
}

// New makes a crowd.
func New(o Options) (*Crowd, error) {
	switch {
	case o.Door == nil || o.Nodes < 1 || o.Tag == "":
		return nil, errors.New("swipers: Door, Nodes and Tag are required")
	case len(o.People) < 2:
		return nil, errors.New("swipers: at least two people are needed")
	case (o.Concurrency > 0) == (o.Rate > 0):
		return nil, errors.New("swipers: either Concurrency or Rate is to be given")
	case o.Couples < 0 || o.Couples > 1:
		return nil, errors.New("swipers: Couples is a share, 0 to 1")
	}
	if o.Room == nil {
		o.Room = func(int64, int64) bool { return true }
	}
	if o.Burst == 0 {
		o.Burst = 6
	}
	if o.Feed == nil {
		o.Feed = func(social.UserID) *client.Feed { return &client.Feed{} }
	}
	c := &Crowd{o: o, byID: make(map[social.UserID]*swiper, len(o.People)), habits: habits()}
	sum := 0.0
	for _, uid := range o.People {
		s := newSwiper(o.Seed, uid, o.Feed(uid))
		sum += s.taste.Activity
		c.people, c.weights, c.byID[uid] = append(c.people, s), append(c.weights, sum), s
	}
	for _, h := range c.habits {
		if c.total += h.weight; !h.grows {
			c.still = append(c.still, h)
			c.quiet += h.weight
		}
	}
	return c, nil
}

// mostPlayers bounds how many requests an open loop has under way; when all wait
// for the server, what is meant to be sent is sent late and its latency tells.
const (
	leastPlayers = 64
	mostPlayers  = 2048
)

func (c *Crowd) players() int {
	if c.o.Rate == 0 {
		return c.o.Concurrency
	}
	return min(mostPlayers, max(leastPlayers, int(c.o.Rate)))
}

// Play lets the crowd play until ctx ends and returns when the last answer is in.
func (c *Crowd) Play(ctx context.Context) {
	c.pace = newPace(c.o.Rate, time.Now())
	var players sync.WaitGroup
	for i := range c.players() {
		players.Go(func() {
			// Who comes next is no swiper's decision: it has dice of its own.
			c.play(ctx, rand.New(rand.NewPCG(c.o.Seed, ^uint64(i)))) //nolint:gosec // no secret
		})
	}
	players.Wait()
}

func (c *Crowd) play(ctx context.Context, dice *rand.Rand) {
	// A couple makes two swipes, another turn 0.7 on average.
	share := 0.7 * c.o.Couples / (2 - 1.3*c.o.Couples)
	for ctx.Err() == nil {
		room := c.o.Room(c.touchedCount.Load(), c.swipes.Load())
		if room && dice.Float64() < share {
			if t, ok := c.couple(ctx, dice); ok {
				rest(ctx, t.wait)
				continue
			}
		}
		t, ok := c.turn(ctx, dice, room)
		if !ok {
			rest(ctx, time.Millisecond) // everybody is busy or resting
			continue
		}
		rest(ctx, t.wait)
	}
}

// turn gives a turn to someone who is free, the active ones more often.
func (c *Crowd) turn(ctx context.Context, dice *rand.Rand, room bool) (*turn, bool) {
	for range searches {
		at, _ := slices.BinarySearch(c.weights, dice.Float64()*c.weights[len(c.weights)-1])
		s := c.people[min(at, len(c.people)-1)]
		if !s.mu.TryLock() {
			continue
		}
		if time.Now().Before(s.rest) {
			s.mu.Unlock()
			continue
		}
		t := &turn{ctx: ctx, c: c, s: s}
		t.act(room)
		s.mu.Unlock()
		return t, true
	}
	return nil, false
}

// act does one thing.
func (t *turn) act(room bool) {
	if !t.s.awake {
		t.open()
		return
	}
	of, total := t.c.habits, t.c.total
	if !room {
		of, total = t.c.still, t.c.quiet
	}
	roll := t.s.dice.IntN(total)
	for _, h := range of {
		if roll -= h.weight; roll < 0 {
			h.do(t)
			return
		}
	}
}

// count follows what there will be to look at after the load, by the answer to a swipe.
func (c *Crowd) count(a *client.Answer) {
	if a.Unknown() || (a.OK() && !a.Op.Repeated && !a.Op.Replayed) {
		c.touch(a.Op.UID)
		c.touch(a.Op.SID)
		if a.OK() {
			c.swipes.Add(1)
		}
	}
}

func (c *Crowd) touch(uid social.UserID) {
	if _, before := c.touched.LoadOrStore(uid, struct{}{}); !before {
		c.touchedCount.Add(1)
	}
}

// takesPart tells whether uid is one of the crowd.
func (c *Crowd) takesPart(uid social.UserID) bool { return c.byID[uid] != nil }

// anyone gives one of the crowd.
func (c *Crowd) anyone(dice *rand.Rand) social.UserID { return c.people[dice.IntN(len(c.people))].id }

// Couples counts the couples both of whose likes were acknowledged.
func (c *Crowd) Couples() int64 { return c.couples.Load() }
