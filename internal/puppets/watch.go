package puppets

import (
	"context"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Watch gives the actors as they are, but for puppets that notice who is dealt
// which cards and who likes whom. It is for the API; puppets swipe past it.
func (p *Puppets) Watch() Actors { return watched{p.Actors, p} }

type watched struct {
	Actors
	puppets *Puppets
}

// Deal implements Actors.
func (w watched) Deal(ctx context.Context, uid social.UserID, limit int) ([]social.Card, error) {
	cards, err := w.Actors.Deal(ctx, uid, limit)
	if err == nil && len(cards) > 0 {
		w.puppets.notice(note{uid: uid, cards: cards})
	}
	return cards, err
}

// Swipe implements Actors.
func (w watched) Swipe(ctx context.Context, s social.Swipe, key persistence.IdempotencyKey) (social.SwipeResult, error) {
	r, err := w.Actors.Swipe(ctx, s, key)
	if err == nil && s.Mark != social.MarkDislike && !r.Matched && !r.Repeated {
		w.puppets.notice(note{uid: s.UID, liked: s.SID})
	}
	return r, err
}
