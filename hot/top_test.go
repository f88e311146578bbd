package hot_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/hot"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// chart is a ranking of 1, 2, 3 and so on, of which somebody has swiped the first.
type chart struct {
	hot.Store
	persistence.HotBoard
	swiped social.UserID
	asked  []int // so many people, one call after the other
}

const charted = 1000

func (c *chart) User(_ context.Context, id social.UserID) (social.User, error) {
	return social.User{ID: id, Location: "Hangzhou"}, nil
}

func (c *chart) TopHot(_ context.Context, location string, from, n int) (top []persistence.HotCount, ok bool, err error) {
	for i := from; i < min(from+n, charted); i++ {
		top = append(top, persistence.HotCount{UID: social.UserID(i + 1), Location: location})
	}
	return top, true, nil
}

func (c *chart) Undealt(_ context.Context, _ social.UserID, ids []social.UserID) (users []social.User, err error) {
	c.asked = append(c.asked, len(ids))
	for _, id := range ids {
		if id > c.swiped {
			users = append(users, social.User{
				ID: id, Nickname: "p", Sex: social.SexOther, Birthday: social.Date{Year: 1998, Month: 4, Day: 2},
				Location: "Hangzhou", DatingSex: social.SexAny, MinDatingAge: 18, MaxDatingAge: 60,
			})
		}
	}
	return users, nil
}

// Superlikers are those with even ids, however many.
func (c *chart) Superlikers(_ context.Context, _ social.UserID, ids []social.UserID) (who []social.UserID, err error) {
	for _, id := range ids {
		if id%2 == 0 {
			who = append(who, id)
		}
	}
	return who, nil
}

// No more people are looked at than it takes, and no place is passed over.
func TestTopLooksNoDeeperThanItMust(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		swiped       social.UserID
		limit, cards int
		asked        []int
	}{
		"nobody swiped":     {0, 20, 20, []int{50}},
		"many asked for":    {0, 100, 100, []int{200}},
		"some swiped":       {40, 20, 20, []int{50, 100}},
		"many swiped":       {500, 20, 20, []int{50, 100, 200, 200}},
		"nearly all swiped": {995, 20, 5, []int{50, 100, 200, 200, 200, 200, 50}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &chart{swiped: c.swiped}
			s, err := hot.New(hot.Options{Store: d, Board: d, Rules: func() *social.Rules { return &social.Rules{Zone: time.UTC} }, Registerer: prometheus.NewRegistry()})
			require.NoError(t, err)
			cards, err := s.Top(t.Context(), 1, "", c.limit)
			require.NoError(t, err)
			require.Len(t, cards, c.cards)
			for i, card := range cards {
				require.Equal(t, c.swiped+social.UserID(i+1), card.UserID)
				require.Equal(t, card.UserID%2 == 0, card.SuperlikedMe)
			}
			require.Equal(t, c.asked, d.asked)
		})
	}
}
