package hot

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// every is the time between two makings, unless one takes so long that it would be
	// more than a quarter of the time.
	every = 10 * time.Minute
	// pageSize is how many people are counted for at a time, at most.
	pageSize = 500
	// maxRetries is how often a page is tried again; the waits between make half a minute.
	maxRetries = 5
	// lease is for how long a node that died in the middle keeps the others off.
	lease = 30 * time.Second
	// rest is how many times as long as a page took nothing is asked of the database.
	rest = 3
	// maxMaking bounds a making, and so what it may cost.
	maxMaking = 2 * time.Hour
	day       = 24 * time.Hour
)

// make makes the ranking anew, if no other node does.
func (s *Service) make(ctx context.Context, days int) error {
	ctx, cancel := context.WithTimeout(ctx, maxMaking)
	defer cancel()
	begun := s.Now()
	state := persistence.HotState{Shown: rand.Text(), Days: days, BuiltAt: begun}
	claimed, err := s.Board.ClaimHot(ctx, state.Shown, lease)
	if err != nil || !claimed {
		return err
	}
	if state.Since, err = s.since(ctx, begun, days); err != nil {
		return err
	}
	people, held, err := s.count(ctx, &state)
	if err != nil || !held {
		return err // lost: the next turn begins again
	}
	took := s.Now().Sub(begun)
	shown, err := s.Board.ShowHot(ctx, state, max(every, rest*took))
	if err != nil || !shown {
		return err
	}
	s.metrics.made.Inc()
	s.metrics.took.Set(took.Seconds())
	s.Logger.DebugContext(ctx, "ranking of the most liked made", slog.Int("people", people), slog.Duration("took", took))
	return nil
}

// count counts everybody's likes into a generation, page by page and at its leisure.
func (s *Service) count(ctx context.Context, state *persistence.HotState) (people int, held bool, err error) {
	looked, size, failed := time.Now(), newBatch(pageSize), 0
	for after := social.UserID(0); ; {
		begun := time.Now()
		ranked, next, err := s.page(ctx, state, after, size.size)
		held, lost := s.Board.HoldHot(ctx, state.Shown, lease)
		if lost == nil && !held {
			return 0, false, err
		}
		err = errors.Join(err, lost)
		size.went(err)
		switch {
		case err == nil && next == 0:
			return people + ranked, true, nil
		case err == nil:
			people, after, failed = people+ranked, next, 0
		case failed == maxRetries:
			return 0, false, err
		default:
			failed++ // hours of counting may stand behind it: try the same page again
		}
		if time.Since(looked) >= s.Look {
			looked = time.Now()
			if now, err := s.Board.HotState(ctx); err == nil {
				_, _ = s.catchUp(ctx, &now) // what it could not count stays noted
			}
		}
		wait := rest * time.Since(begun)
		if failed > 0 {
			wait = max(wait, s.Look<<failed)
		}
		select {
		case <-ctx.Done():
			return 0, false, ctx.Err()
		case <-time.After(min(wait, lease/3)):
		}
	}
}

// since asks where the likes of so many days begin.
func (s *Service) since(ctx context.Context, now time.Time, days int) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return s.Store.HotSince(ctx, now, time.Duration(days)*day)
}

// page counts for so many behind after, and tells how many of them are ranked.
func (s *Service) page(
	ctx context.Context, state *persistence.HotState, after social.UserID, size int,
) (ranked int, next social.UserID, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	counts, next, err := s.Store.HotPage(ctx, state.Since, after, size)
	if err == nil {
		err = s.Board.PutHot(ctx, []string{state.Shown}, counts)
	}
	return len(counts), next, err
}
