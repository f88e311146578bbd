package actors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

// Bounds of a store that does not answer: after so many failures in a row nobody
// asks it for a while.
const (
	breakerFailures = 5
	breakerDelay    = 5 * time.Second
)

// Uploaders are the actors of a node that move objects to and from one store of
// media: a supervisor and a fixed number of children, each with one transfer at
// a time. A transfer that panics is answered, and its actor restarted.
type Uploaders struct {
	root       *actor.RootContext
	supervisor *actor.PID
	free       chan *actor.PID
	breaker    circuitbreaker.CircuitBreaker[any]
}

// transfer is what an uploader is told to do. It never leaves the node.
type transfer struct {
	ctx  context.Context //nolint:containedctx // a message has its caller's deadline
	do   func(ctx context.Context, store media.Store) error
	done chan<- error // with room for the answer
}

// Uploaders starts n actors, at least 1, for a store.
func (s *System) Uploaders(store media.Store, n int) (*Uploaders, error) {
	log := s.world.Logger
	u := &Uploaders{
		root: s.world.node.Root(), free: make(chan *actor.PID, max(n, 1)),
		breaker: circuitbreaker.NewBuilder[any]().WithFailureThreshold(breakerFailures).WithDelay(breakerDelay).
			OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
				log.Warn("the store of media", slog.String("breaker", e.NewState.String()))
			}).Build(),
	}
	started := make(chan []*actor.PID, 1)
	props := actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Started); !ok {
			return
		}
		children := make([]*actor.PID, max(n, 1))
		for i := range children {
			children[i] = c.Spawn(actor.PropsFromProducer(func() actor.Actor { return &uploader{store, log} }))
		}
		started <- children
	}, actor.WithSupervisor(actor.NewRestartingStrategy()))
	var err error
	if u.supervisor, err = u.root.SpawnNamed(props, "uploaders"); err != nil {
		return nil, fmt.Errorf("start the uploaders: %w", err)
	}
	for _, child := range <-started {
		u.free <- child
	}
	return u, nil
}

// Transfer has one of the actors run do, which heeds its context. CodeUnavailable when the store
// is known to be down; CodeTimeout when ctx ends before an actor is free.
func (u *Uploaders) Transfer(ctx context.Context, do func(ctx context.Context, store media.Store) error) error {
	var child *actor.PID
	select {
	case child = <-u.free:
	case <-ctx.Done():
		return media.Unavailable(ctx.Err())
	}
	// Only now, so that the breaker hears of nothing but what the store was asked.
	if !u.breaker.TryAcquirePermit() {
		u.free <- child
		return media.Unavailable(circuitbreaker.ErrOpen)
	}
	done := make(chan error, 1)
	u.root.Send(child, &transfer{ctx, do, done})
	err := <-done // in time: do heeds ctx
	u.free <- child
	if media.Passing(err) && !errors.Is(err, context.Canceled) {
		u.breaker.RecordFailure()
	} else {
		u.breaker.RecordSuccess()
	}
	return err
}

// Stop ends the actors once their transfers have ended; nobody asks for more.
func (u *Uploaders) Stop(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- u.root.StopFuture(u.supervisor).Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// uploader is the actor.
type uploader struct {
	store media.Store
	log   *slog.Logger
}

// Receive implements actor.Actor. The caller is answered also of a panic, which
// then goes on to the supervisor.
func (u *uploader) Receive(c actor.Context) {
	t, ok := c.Message().(*transfer)
	if !ok {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			u.log.ErrorContext(t.ctx, "a transfer panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			t.done <- &social.Error{Code: social.CodeInternal, Message: "Something went wrong on our side.", Cause: fmt.Errorf("panic: %v", p)}
			panic(p)
		}
	}()
	t.done <- t.do(t.ctx, u.store)
}
