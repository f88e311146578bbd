package actors

import (
	"context"
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/social"
)

// LiveUser is what a user actor holds in memory, for people who look into a
// running system.
type LiveUser struct {
	Node          string // host:port of the node it is on
	ActivatedAt   time.Time
	LastMessageAt time.Time
	InFlight      int // swipes at a matchmaker
	Waiting       int // requests behind a rewind or unfriending
	SwipedLoaded  bool
	SwipedCount   int64
	SwipedBytes   int64
	DeckBuffered  int
	DeckCursor    social.UserID
}

// Inspect tells what uid's actor holds, wherever it is; nil when none is active,
// and it activates none. Looking does not keep an actor from passivating.
func (c *Client) Inspect(ctx context.Context, uid social.UserID) (*LiveUser, error) {
	ctx, header, cancel := c.header(ctx)
	defer cancel()
	r, ok, err := cluster.AskActive[*actorspb.InspectReply](
		ctx, c.world.node, kindUser, strconv.FormatInt(int64(uid), 10), &actorspb.Inspect{Ask: header})
	switch {
	case err != nil:
		return nil, clientError(err)
	case !ok:
		return nil, nil //nolint:nilnil // no actor is an answer, not a failure
	}
	return &LiveUser{
		Node: r.Node, ActivatedAt: time.UnixMilli(r.ActivatedUnixMs), LastMessageAt: time.UnixMilli(r.LastMessageUnixMs),
		InFlight: int(r.InFlight), Waiting: int(r.Waiting), SwipedLoaded: r.SwipedLoaded, SwipedCount: r.SwipedCount,
		SwipedBytes: r.SwipedBytes, DeckBuffered: int(r.DeckBuffered), DeckCursor: social.UserID(r.DeckCursor),
	}, nil
}

func (u *user) inspect(ctx actor.Context) {
	reply := &actorspb.InspectReply{
		Node: u.world.node.Address(), ActivatedUnixMs: u.activated.UnixMilli(), LastMessageUnixMs: u.idle.Last().UnixMilli(),
		InFlight: int32(len(u.flights)), Waiting: int32(len(u.waiting)), //nolint:gosec // at most maxPerUser
		DeckBuffered: int32(len(u.deck.buffer)), DeckCursor: int64(u.deck.after), //nolint:gosec // some hundreds
	}
	if u.swiped != nil {
		reply.SwipedLoaded, reply.SwipedCount, reply.SwipedBytes = true, u.swiped.len(), u.swiped.bytes()
	}
	ctx.Respond(reply)
}
