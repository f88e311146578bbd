package presence_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/presence"
	"github.com/swiperhq/swiper/social"
)

// slow is a Redis that is quick and a database that is not, by the bubble's clock.
type slow struct {
	takes   time.Duration
	until   map[social.UserID]time.Time
	late    int // how often somebody was away before they were said to be there again
	touched map[social.UserID]bool
}

func (s *slow) KeepPresent(_ context.Context, ids []social.UserID, life time.Duration) (known int, err error) {
	for _, uid := range ids {
		if until, said := s.until[uid]; said && until.After(time.Now()) {
			known++
		} else if said {
			s.late++
		}
		s.until[uid] = time.Now().Add(life)
	}
	return known, nil
}

func (s *slow) Present(context.Context, []social.UserID) ([]bool, error) { return nil, nil }

func (s *slow) TouchUsers(ctx context.Context, ids []social.UserID, _, _ time.Time) error {
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, uid := range ids {
		s.touched[uid] = true
	}
	return nil
}

// However long the database takes, nobody is away meanwhile who is there.
func TestASlowDatabaseHoldsUpNoRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const people = 5000
		s := &slow{takes: 300 * time.Millisecond, until: map[social.UserID]time.Time{}, touched: map[social.UserID]bool{}}
		var log strings.Builder
		k, err := presence.New(presence.Options{Board: s, Store: s, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		require.NoError(t, err)
		missed := 0
		k.Listen(func() { missed++ })
		for uid := social.UserID(1); uid <= people; uid++ {
			k.Announce(t.Context(), uid)
			k.Enter(uid)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		defer cancel()
		require.NoError(t, k.Run(ctx))
		require.Zero(t, s.late)
		require.Len(t, s.touched, people, "what a round leaves the next ones do")
		require.Zero(t, missed)
		require.Empty(t, log.String())
	})
}
