package cluster

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Idle tells an actor when nothing has happened for a while. The library's
// receive timeout races and fires while answers are pending; this one is a timer
// of the actor's own, and it is the actor that decides.
//
// The actor calls Start at its Init, Touch when it is used, Due on IdleTick, and
// Stop when it ends or restarts. All of them run inside the actor.
type Idle struct {
	After time.Duration
	Now   func() time.Time
	// AfterFunc runs f once after d and gives what stops it.
	AfterFunc func(d time.Duration, f func()) (stop func() bool)

	last time.Time
	stop func() bool
}

// IdleTick asks the actor to look at Due.
type IdleTick struct{}

// Start begins to count.
func (i *Idle) Start(ctx actor.Context) {
	i.last = i.Now()
	i.arm(ctx, i.After)
}

// Touch starts the count anew.
func (i *Idle) Touch() { i.last = i.Now() }

// Last is when the actor was last used.
func (i *Idle) Last() time.Time { return i.last }

// Due tells whether the actor has been idle long enough. If not, or if it is
// busy, there will be another IdleTick.
func (i *Idle) Due(ctx actor.Context, busy bool) bool {
	left := i.After - i.Now().Sub(i.last)
	if left <= 0 && !busy {
		return true
	}
	if left <= 0 {
		left = i.After
	}
	i.arm(ctx, left)
	return false
}

// Stop ends the timer.
func (i *Idle) Stop() {
	if i.stop != nil {
		i.stop()
	}
}

func (i *Idle) arm(ctx actor.Context, d time.Duration) {
	root, self := ctx.ActorSystem().Root, ctx.Self()
	i.stop = i.AfterFunc(d, func() { root.Send(self, IdleTick{}) })
}
