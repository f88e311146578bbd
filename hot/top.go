package hot

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// probed is how many places are looked at at a time, as many as Undealt takes.
	probed = 200
	// deepest is how far down somebody is taken who has swiped those above.
	deepest = 1000
	// superlikers is how many superlikes of somebody show on the cards.
	superlikers = 200
	soon        = 2 * time.Second
)

// Top gives the cards of those who are liked most in a location, limit at most, without
// uid, whom uid has swiped, and whom nobody is shown; "" stands for uid's own location,
// and is nowhere if uid has none. CodeUserNotFound if there is no uid; CodeUnavailable
// while no ranking is there.
func (s *Service) Top(ctx context.Context, uid social.UserID, location string, limit int) ([]social.Card, error) {
	mine, err := s.Store.DeckTop(ctx, uid, superlikers)
	if err != nil {
		return nil, err
	}
	if location == "" {
		location = mine.Me.Location
	}
	likeMe := make(map[social.UserID]bool, len(mine.Superlikers))
	for i := range mine.Superlikers {
		likeMe[mine.Superlikers[i].ID] = true
	}
	today := s.Rules().Today(s.Now())
	cards := make([]social.Card, 0, limit)
	for from := 0; from < deepest && location != "" && len(cards) < limit; from += probed {
		top, err := s.places(ctx, location, from, probed)
		if err != nil {
			return nil, err
		}
		users, err := s.Store.Undealt(ctx, uid, idsOf(top))
		if err != nil {
			return nil, err
		}
		for i := range users {
			// Who has moved or emptied their profile is ranked until the next making.
			if u := &users[i]; u.Location == location && u.Complete() && len(cards) < limit {
				cards = append(cards, social.CardOf(u, today, likeMe[u.ID]))
			}
		}
		if len(top) < probed {
			break
		}
	}
	return cards, nil
}

func (s *Service) places(ctx context.Context, location string, from, n int) ([]persistence.HotCount, error) {
	top, shown, err := s.Board.TopHot(ctx, location, from, n)
	if err == nil && !shown {
		err = &social.Error{Code: social.CodeUnavailable, Message: "The ranking is just being made.", RetryAfter: soon}
	}
	return top, err
}

func idsOf(top []persistence.HotCount) []social.UserID {
	ids := make([]social.UserID, len(top))
	for i := range top {
		ids[i] = top[i].UID
	}
	return ids
}
