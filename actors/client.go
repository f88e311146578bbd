package actors

import (
	"context"
	"errors"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/internal/requestid"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Client asks user actors, wherever they are. Its errors are *social.Error:
// those of the store's contract, CodeRateLimited past 8 requests of a user at
// once, CodeOverloaded when the node is full, CodeUnavailable when no actor could
// be reached (nothing happened), CodeTimeout when ctx ended first (the outcome
// is unknown; every method may be asked again). A swipe or rewind asked again
// with the same key gets its first answer, see persistence.IdempotencyKey.
type Client struct {
	world *world
	gate  *gate
}

func newClient(w *world) *Client { return &Client{world: w, gate: newGate(w.MaxInFlight)} }

// Swipe stores s; when it returns without error, s is durable. s.Time is not
// looked at: the actor's clock counts. What social.Swipe.Validate refuses never
// reaches an actor.
func (c *Client) Swipe(ctx context.Context, s social.Swipe, key persistence.IdempotencyKey) (social.SwipeResult, error) {
	if err := s.Validate(); err != nil {
		return social.SwipeResult{}, err
	}
	r, err := ask[*actorspb.SwipeReply](ctx, c, s.UID, func(a *actorspb.Ask) proto.Message {
		return &actorspb.Swipe{Ask: a, Sid: int64(s.SID), Mark: int32(s.Mark), Key: keyToWire(key)}
	})
	if err != nil {
		return social.SwipeResult{}, err
	}
	return social.SwipeResult{
		SID: social.UserID(r.Sid), Mark: markFromWire(r.Mark), Matched: r.Matched, Repeated: r.Repeated, Replayed: r.Replayed,
	}, nil
}

// Rewind undoes uid's latest swipe; swipes of uid still in flight finish first.
func (c *Client) Rewind(ctx context.Context, uid social.UserID, key persistence.IdempotencyKey) (social.RewindResult, error) {
	r, err := ask[*actorspb.RewindReply](ctx, c, uid, func(a *actorspb.Ask) proto.Message {
		return &actorspb.Rewind{Ask: a, Key: keyToWire(key)}
	})
	if err != nil {
		return social.RewindResult{}, err
	}
	return social.RewindResult{
		SID: social.UserID(r.Sid), Mark: markFromWire(r.Mark), Unmatched: r.Unmatched, Used: int(r.Used),
		Limit: social.Limit(r.Limit), Replayed: r.Replayed,
	}, nil
}

// Deal gives at most limit cards (1–100; 0: as many as the rules say). The same
// cards come again until they are swiped.
func (c *Client) Deal(ctx context.Context, uid social.UserID, limit int) ([]social.Card, error) {
	if limit < 0 || limit > maxDeal {
		return nil, &social.Error{Code: social.CodeInvalidRequest, Message: "limit must be 1 to 100.", Field: "limit"}
	}
	r, err := ask[*actorspb.DealReply](ctx, c, uid, func(a *actorspb.Ask) proto.Message {
		return &actorspb.Deal{Ask: a, Limit: int32(limit)} //nolint:gosec // at most 100
	})
	if err != nil {
		return nil, err
	}
	cards := make([]social.Card, len(r.Cards))
	for i, card := range r.Cards {
		cards[i] = cardFromWire(card)
	}
	return cards, nil
}

// Unfriend ends the friendship of uid and sid; swipes of uid still in flight
// finish first.
func (c *Client) Unfriend(ctx context.Context, uid, sid social.UserID) error {
	_, err := ask[*actorspb.UnfriendReply](ctx, c, uid, func(a *actorspb.Ask) proto.Message {
		return &actorspb.Unfriend{Ask: a, Sid: int64(sid)}
	})
	return err
}

// ask admits a request of uid, sends it once and translates what can go wrong.
func ask[R proto.Message](ctx context.Context, c *Client, uid social.UserID, request func(*actorspb.Ask) proto.Message) (R, error) {
	var none R
	if err := c.gate.enter(uid); err != nil {
		return none, err
	}
	defer c.gate.leave(uid)
	ctx, header, cancel := c.header(ctx)
	defer cancel()
	m := request(header)
	ctx, span := c.world.span(ctx, "ask", uid, m)
	header.Traceparent = traceparentOf(ctx)
	r, err := cluster.Ask[R](ctx, c.world.node, kindUser, strconv.FormatInt(int64(uid), 10), m)
	if err != nil {
		refusal := clientError(err)
		endSpan(span, refusal)
		return none, refusal
	}
	span.End()
	return r, nil
}

// header makes what every request carries, and a context with its deadline.
func (c *Client) header(ctx context.Context) (context.Context, *actorspb.Ask, context.CancelFunc) {
	cancel := func() {}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(c.world.Timeout)
		ctx, cancel = context.WithDeadline(ctx, deadline)
	}
	return ctx, &actorspb.Ask{DeadlineUnixMs: deadline.UnixMilli(), RequestId: requestid.From(ctx)}, cancel
}

func clientError(err error) *social.Error {
	var refusal *cluster.RefusalError
	var e *social.Error
	switch {
	case errors.As(err, &refusal):
		return errorOfAnswer(refusal)
	case errors.Is(err, cluster.ErrNotDelivered):
		e = social.AsError(errUnavailable())
	case errors.Is(err, cluster.ErrOutcomeUnknown):
		e = social.AsError(errTimeout())
	default:
		e = social.AsError(errInternal())
	}
	e.Cause = err
	return e
}
