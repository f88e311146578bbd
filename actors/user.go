package actors

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"

	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/internal/requestid"
	"github.com/swiperhq/swiper/social"
)

// user orders what one user does. Swipes fly to their matchmakers side by side;
// a rewind or an unfriending waits until all of them have landed, and what
// arrives meanwhile waits behind it. Store calls of this actor block it, and nobody
// else, since they are made aside: that is the order its user gets.
type user struct {
	world     *world
	id        social.UserID
	ctx       actor.Context // for continuations outside a message's own handler
	idle      cluster.Idle
	activated time.Time
	draining  bool

	seq     uint64
	flights []flight   // swipes at a matchmaker, in order of departure
	waiting []*command // behind the barrier at its head
	current *command   // being run
	alarm   bool       // a wake is on its way
	called  bool       // a goOn is on its way
	aside   bool       // the store may be asked now

	swiped *idSet // whom the user has swiped; nil: not needed so far
	deck   deck
}

// request is what a user actor is asked.
type request interface {
	proto.Message
	GetAsk() *actorspb.Ask
}

// command is a request on its way through the actor.
type command struct {
	request  request
	sender   *actor.PID
	deadline time.Time
	span     trace.Span // from its arrival to its answer
}

// wake makes the actor look for flights that will never land.
type wake struct{}

// goOn makes the actor run what it let wait, where it may block.
type goOn struct{}

// Aside implements cluster.Aside.
func (goOn) Aside() {}

func newUser(w *world) *user {
	// A random start: the answer to a flight of an earlier incarnation must not
	// meet one of this.
	return &user{world: w, seq: rand.Uint64()} //nolint:gosec // uniqueness, not secrecy
}

// Receive implements actor.Actor.
func (u *user) Receive(ctx actor.Context) {
	u.ctx = ctx
	switch m := ctx.Message().(type) {
	case *cluster.Init:
		u.start(ctx, m.Identity.Identity)
	case *actorspb.Swipe, *actorspb.Rewind, *actorspb.Deal, *actorspb.Unfriend:
		u.accept(ctx, m.(request))
	case *actorspb.Inspect:
		u.inspect(ctx)
	case *actorspb.Recorded:
		u.land(m)
		if len(u.waiting) == 0 && !u.draining { // as a rule: a swipe that lands costs no more
			return
		}
	case *actor.DeadLetterResponse:
		u.redirect(m.Target)
	case wake:
		u.alarm = false
	case goOn:
		u.called, u.aside = false, true
		defer func() { u.aside = false }()
	case cluster.IdleTick:
		u.draining = u.draining || u.idle.Due(ctx, u.busy())
	case *cluster.Drain:
		u.draining = true
	case *actor.Restarting:
		u.reportPanic()
		u.abandon(errInternal())
		if u.draining { // nobody would tell the next incarnation
			ctx.Stop(ctx.Self())
		}
		return
	case *actor.Stopping:
		u.abandon(errUnavailable())
		return
	default:
		return
	}
	u.proceed(ctx)
}

func (u *user) start(ctx actor.Context, identity string) {
	id, err := strconv.ParseInt(identity, 10, 64)
	if err != nil {
		u.world.Logger.LogAttrs(context.Background(), slog.LevelError, "user actor with a bad identity", slog.String("identity", identity))
		ctx.Stop(ctx.Self())
		return
	}
	u.id, u.activated = social.UserID(id), u.world.Now()
	u.idle = cluster.Idle{After: u.world.IdleAfter, Now: u.world.Now, AfterFunc: u.world.AfterFunc}
	u.idle.Start(ctx)
}

// accept runs a request, or lets it wait behind a barrier. A client's answer is
// always due, whatever becomes of the request.
func (u *user) accept(ctx actor.Context, r request) {
	if u.draining {
		ctx.Respond(cluster.NotDelivered(ctx.Self()))
		return
	}
	u.idle.Touch()
	c := &command{request: r, sender: ctx.Sender(), deadline: deadlineOf(r.GetAsk(), u.world.Timeout)}
	_, c.span = u.world.span(withAsker(context.Background(), r.GetAsk()), kindUser, u.id, r)
	switch {
	case past(c.deadline):
		u.refuse(c, errTimeout())
	case len(u.flights)+len(u.waiting) >= maxPerUser:
		u.refuse(c, errTooMany())
	default:
		u.waiting = append(u.waiting, c)
	}
}

// proceed runs what need not wait any longer, and ends a draining actor that is done.
func (u *user) proceed(ctx actor.Context) {
	u.expire()
	for len(u.waiting) > 0 {
		c := u.waiting[0]
		if isBarrier(c.request) && len(u.flights) > 0 {
			break
		}
		if !u.aside && asksStore(c.request) {
			u.goAside(ctx)
			break
		}
		u.waiting[0] = nil
		u.waiting = u.waiting[1:]
		u.run(c)
	}
	if len(u.waiting) == 0 {
		u.waiting = nil // no idle actor keeps a queue
	} else {
		u.arm()
	}
	switch {
	case !u.draining || u.busy():
	case u.aside:
		u.passivate(ctx)
	default:
		u.goAside(ctx)
	}
}

// goAside has the actor go on where it may block.
func (u *user) goAside(ctx actor.Context) {
	if !u.called {
		u.called = true
		ctx.Send(ctx.Self(), goOn{})
	}
}

// asksStore tells whether the actor itself asks the store for r.
func asksStore(r request) bool {
	_, swipe := r.(*actorspb.Swipe)
	return !swipe
}

// isBarrier tells whether r must see the user's earlier swipes stored.
func isBarrier(r request) bool {
	switch r.(type) {
	case *actorspb.Rewind, *actorspb.Unfriend:
		return true
	}
	return false
}

func (u *user) run(c *command) {
	if past(c.deadline) {
		u.refuse(c, errTimeout())
		return
	}
	u.current = c
	switch r := c.request.(type) {
	case *actorspb.Swipe:
		u.swipe(c, r)
	case *actorspb.Rewind:
		u.rewind(c, r)
	case *actorspb.Deal:
		u.deal(c, r)
	case *actorspb.Unfriend:
		u.unfriend(c, r)
	}
	u.current = nil
}

func (u *user) busy() bool { return len(u.flights)+len(u.waiting) > 0 }

// arm sets an alarm for the first flight to expire, so that one whose answer was
// lost does not hold back those who wait.
func (u *user) arm() {
	if u.alarm || len(u.flights) == 0 {
		return
	}
	first := u.flights[0].deadline
	for _, f := range u.flights {
		if f.deadline.Before(first) {
			first = f.deadline
		}
	}
	root, self := u.world.node.Root(), u.ctx.Self()
	u.alarm = true
	// One millisecond on, since deadlines travel in whole ones.
	time.AfterFunc(time.Until(first)+time.Millisecond, func() { root.Send(self, wake{}) })
}

// reply gives the answer that ends c.
func (u *user) reply(c *command, m proto.Message) {
	c.span.End()
	if c.sender != nil {
		u.ctx.Send(c.sender, m)
	}
}

// refuse ends c with an error.
func (u *user) refuse(c *command, err error) {
	endSpan(c.span, err)
	if c.sender != nil {
		u.ctx.Send(c.sender, answerOf(err))
	}
}

// failed logs what is not a refusal by the rules.
func (u *user) failed(ctx context.Context, what string, err error) {
	if isFault(err) {
		u.world.Logger.LogAttrs(ctx, slog.LevelWarn, "user actor's store call failed", slog.String("call", what),
			slog.Int64("uid", int64(u.id)), slog.String("request_id", requestid.From(ctx)), slog.Any("error", err))
	}
}

// reportPanic names the request that the actor panicked over; the panic itself
// is in the log already.
func (u *user) reportPanic() {
	if u.current == nil {
		return
	}
	u.world.Logger.LogAttrs(context.Background(), slog.LevelError, "user actor restarts", slog.Int64("uid", int64(u.id)),
		slog.String("request_id", u.current.request.GetAsk().GetRequestId()))
}

// abandon answers everyone still waiting; the actor, or this incarnation of it, ends.
func (u *user) abandon(err error) {
	u.idle.Stop()
	if u.current != nil {
		u.refuse(u.current, err)
	}
	for _, f := range u.flights {
		u.refuse(f.command, err)
	}
	for _, c := range u.waiting {
		u.refuse(c, err)
	}
	u.current, u.flights, u.waiting = nil, nil, nil
}

// passivate ends an actor that nobody waits for. What has arrived behind this
// message becomes dead letters, and their askers ask the next activation.
func (u *user) passivate(ctx actor.Context) {
	saving, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	select {
	case u.world.cursorSaves <- struct{}{}:
		u.saveCursor(saving)
		<-u.world.cursorSaves
	case <-saving.Done(): // a place may be lost, a restart may not be held up
	}
	ctx.Stop(ctx.Self())
}

// context bounds a store call of c.
func (u *user) context(c *command) (context.Context, context.CancelFunc) {
	ctx := requestid.With(context.Background(), c.request.GetAsk().GetRequestId())
	return context.WithDeadline(trace.ContextWithSpan(ctx, c.span), c.deadline)
}

// onward gives the header of what is sent to others for c.
func (u *user) onward(c *command) *actorspb.Ask {
	asked := c.request.GetAsk()
	if asked.GetTraceparent() == "" {
		return asked
	}
	return &actorspb.Ask{
		DeadlineUnixMs: asked.DeadlineUnixMs, RequestId: asked.RequestId,
		Traceparent: traceparentOf(trace.ContextWithSpan(context.Background(), c.span)),
	}
}

// deadlineOf gives when the asker stops waiting; one who did not say waits for
// the default.
func deadlineOf(a *actorspb.Ask, byDefault time.Duration) time.Time {
	if ms := a.GetDeadlineUnixMs(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Now().Add(byDefault)
}

// past compares with the machine's clock, which contexts run by, not with the
// one that rules count by.
func past(deadline time.Time) bool { return !time.Now().Before(deadline) }
