package hot

import (
	"context"
	"slices"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// fewest is how many places are looked at first, unless many are asked for, and then
	// twice as many: it is enough for who has not swiped most of them.
	fewest = 50
	// probed is how many places are looked at at a time, as many as Undealt takes.
	probed = 200
	// deepest is how far down somebody is taken who has swiped those above.
	deepest = 1000
	soon    = 2 * time.Second
)

// Top gives the cards of those who are liked most in a location, limit at most, without
// uid, whom uid has swiped, and whom nobody is shown; "" stands for uid's own location,
// and is nowhere if uid has none. CodeUserNotFound if there is no uid; CodeUnavailable
// while no ranking is there.
func (s *Service) Top(ctx context.Context, uid social.UserID, location string, limit int) ([]social.Card, error) {
	me, err := s.Store.User(ctx, uid)
	if err != nil {
		return nil, err
	}
	if location == "" {
		location = me.Location
	}
	today := s.Rules().Today(s.Now())
	cards := make([]social.Card, 0, limit)
	n := min(probed, max(fewest, 2*limit))
	for from := 0; from < deepest && location != "" && len(cards) < limit; from, n = from+n, min(probed, 2*n) {
		top, err := s.places(ctx, location, from, n)
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
				cards = append(cards, social.CardOf(u, today, false))
			}
		}
		if len(top) < n {
			break
		}
	}
	return cards, s.flag(ctx, uid, cards)
}

// flag marks who gave uid a superlike.
func (s *Service) flag(ctx context.Context, uid social.UserID, cards []social.Card) error {
	if len(cards) == 0 {
		return nil
	}
	ids := make([]social.UserID, len(cards))
	for i := range cards {
		ids[i] = cards[i].UserID
	}
	who, err := s.Store.Superlikers(ctx, uid, ids)
	for i := range cards {
		cards[i].SuperlikedMe = slices.Contains(who, cards[i].UserID)
	}
	return err
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
