package actors

import (
	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/social"
)

// unfriend ends a friendship; the friend stays swiped and is not dealt again.
func (u *user) unfriend(c *command, r *actorspb.Unfriend) {
	ctx, cancel := u.context(c)
	defer cancel()
	if err := u.world.Store.Unfriend(ctx, u.id, social.UserID(r.Sid), u.world.Now()); err != nil {
		u.failed(ctx, "unfriend", err)
		u.refuse(c, err)
		return
	}
	u.world.Hint(social.UserID(r.Sid), social.EventUnmatched)
	u.reply(c, &actorspb.UnfriendReply{})
}
