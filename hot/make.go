package hot

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// pageSize is how many people are counted for at a time.
	pageSize = 500
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
	if state.Since, err = s.Store.HotSince(ctx, begun, time.Duration(days)*day); err != nil {
		return err
	}
	people, held, err := s.count(ctx, &state)
	if err != nil || !held {
		return err // lost: the next turn begins again
	}
	took := s.Now().Sub(begun)
	shown, err := s.Board.ShowHot(ctx, state, max(s.Every, rest*took))
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
	looked := time.Now()
	for after := social.UserID(0); ; {
		begun := time.Now()
		page, next, err := s.page(ctx, state.Since, after)
		if err == nil {
			err = s.Board.PutHot(ctx, []string{state.Shown}, page)
		}
		if err != nil {
			return 0, false, err
		}
		people += len(page)
		if held, err = s.Board.HoldHot(ctx, state.Shown, lease); err != nil || !held || next == 0 {
			return people, held, err
		}
		after = next
		if time.Since(looked) >= s.Look {
			looked = time.Now()
			if now, err := s.Board.HotState(ctx); err == nil {
				_ = s.catchUp(ctx, &now) // what it could not count stays noted
			}
		}
		if !pause(ctx, rest*time.Since(begun)) {
			return people, false, ctx.Err()
		}
	}
}

func (s *Service) page(ctx context.Context, since int64, after social.UserID) ([]persistence.HotCount, social.UserID, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return s.Store.HotPage(ctx, since, after, pageSize)
}

// pause waits for so long; it tells whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
