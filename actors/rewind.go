package actors

import (
	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// rewind undoes the latest swipe. No swipe of this actor is in flight; those of
// another activation are the store's to order.
func (u *user) rewind(c *command, m *actorspb.Rewind) {
	ctx, cancel := u.context(c)
	defer cancel()
	now, rules := u.world.Now(), u.world.Rules()
	r, err := u.world.Store.Rewind(ctx, persistence.RewindRequest{
		UID: u.id, Time: now, Window: rules.RewindWindow, ResetsAt: rules.ResetsAt(now),
		Meter: social.Meter{Action: social.ActionRewind, Day: rules.Today(now), Limit: rules.RewindsPerDay},
		Key:   keyFromWire(m.Key),
	})
	if err != nil {
		u.failed(ctx, "rewind", err)
		u.refuse(c, err)
		return
	}
	if u.swiped != nil && !r.Replayed { // what was undone then may have been swiped again since
		u.swiped.remove(r.SID)
	}
	switch {
	case r.Replayed:
	case r.Unmatched:
		u.world.Hint(r.SID, social.EventUnmatched)
	case r.Mark.Likes():
		u.world.Hint(r.SID, social.HintUnliked)
	}
	u.reply(c, &actorspb.RewindReply{
		Sid: int64(r.SID), Mark: int32(r.Mark), Unmatched: r.Unmatched, Used: int32(r.Used), //nolint:gosec // rewinds of a day
		Limit: int64(r.Limit), Replayed: r.Replayed,
	})
}
