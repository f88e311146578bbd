package hot_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/hot"
	"github.com/swiperhq/swiper/internal/teststore"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// dear is a database that cannot count for many people at a time.
type dear struct {
	persistence.Store
	most  atomic.Int64
	pages atomic.Int64 // that failed
}

var errDear = errors.New("too dear")

func (d *dear) HotCounts(ctx context.Context, since int64, ids []social.UserID) ([]persistence.HotCount, error) {
	if len(ids) > int(d.most.Load()) {
		return nil, errDear
	}
	return d.Store.HotCounts(ctx, since, ids)
}

func (d *dear) HotPage(ctx context.Context, since int64, after social.UserID, limit int) ([]persistence.HotCount, social.UserID, error) {
	if limit > int(d.most.Load()) {
		d.pages.Add(1)
		return nil, 0, errDear
	}
	return d.Store.HotPage(ctx, since, after, limit)
}

func TestWhatIsTooDearIsCountedInParts(t *testing.T) {
	t.Parallel()
	w := newTown(t, teststore.Any(t))
	now, store := time.Now(), &dear{Store: w.db}
	store.most.Store(20)
	w.db = store
	w.like(t, unnoted, now, 5, 1, 2)
	w.like(t, unnoted, now, 25, 1, 2)
	s := w.node(t)
	requireTop(t, s, 9, "", 20, 5)
	requireTop(t, s, 9, "Suzhou", 20, 25)
	require.Positive(t, store.pages.Load())
	store.most.Store(2)
	for sid := social.UserID(10); sid <= 20; sid++ {
		w.like(t, s.Note, now, sid, 1)
		w.like(t, s.Note, now, sid+10, 1)
	}
	requireTop(t, s, 9, "", 20, 5, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10)
}

// desk is a database and a board for tests with their own clock.
type desk struct {
	hot.Store
	persistence.HotBoard
	state   persistence.HotState
	until   time.Time     // the lease
	fail    int           // so many pages
	slow    time.Duration // each count
	busy    time.Duration // with counts
	perPage []social.UserID
}

func (d *desk) HotSince(ctx context.Context, _ time.Time, _ time.Duration) (int64, error) {
	if _, ok := ctx.Deadline(); !ok {
		return 0, errors.New("no deadline")
	}
	return 1, nil
}

func (d *desk) HotPage(_ context.Context, _ int64, after social.UserID, _ int) ([]persistence.HotCount, social.UserID, error) {
	if after == 2 && d.fail > 0 {
		d.fail--
		return nil, 0, errDear
	}
	d.perPage = append(d.perPage, after)
	return nil, (after + 1) % 4, nil
}

func (d *desk) HotCounts(context.Context, int64, []social.UserID) ([]persistence.HotCount, error) {
	<-time.After(d.slow)
	d.busy += d.slow
	return nil, nil
}

func (d *desk) HotState(context.Context) (persistence.HotState, error) {
	if time.Now().After(d.until) {
		d.state.Building = ""
	}
	return d.state, nil
}

func (d *desk) ClaimHot(_ context.Context, generation string, lease time.Duration) (bool, error) {
	d.state.Building, d.until = generation, time.Now().Add(lease)
	return true, nil
}

func (d *desk) HoldHot(_ context.Context, _ string, lease time.Duration) (bool, error) {
	held := !time.Now().After(d.until)
	d.until = time.Now().Add(lease)
	return held, nil
}

func (d *desk) PutHot(context.Context, []string, []persistence.HotCount) error { return nil }

func (d *desk) ShowHot(_ context.Context, s persistence.HotState, _ time.Duration) (bool, error) {
	d.state = s
	d.state.Fresh = true
	return true, nil
}

// run runs a service for so long.
func (d *desk) run(t *testing.T, life time.Duration, during func(*hot.Service)) (log string) {
	t.Helper()
	var out strings.Builder
	s, err := hot.New(hot.Options{
		Store: d, Board: d, Registerer: prometheus.NewRegistry(), Logger: slog.New(slog.NewTextHandler(&out, nil)),
		Rules: func() *social.Rules { return &social.Rules{HotDays: 7, Zone: time.UTC} },
	})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), life)
	defer cancel()
	if during != nil {
		go during(s)
	}
	require.NoError(t, s.Run(ctx))
	return out.String()
}

// A failure of the database that passes does not cost what was counted before it.
func TestAFailedPageIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{fail: 4}
		require.Empty(t, d.run(t, time.Minute, nil))
		require.Equal(t, []social.UserID{0, 1, 2, 3}, d.perPage)
		require.True(t, d.state.Fresh)
	})
}

// Nothing is well while the next making waits for the lease of the one that failed.
func TestAFailedMakingIsSaidOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{fail: 10}
		log := d.run(t, 5*time.Minute, nil)
		require.Equal(t, 1, strings.Count(log, "is not kept up"), log)
		require.Equal(t, 1, strings.Count(log, "kept up again"), log)
		require.True(t, d.state.Fresh)
	})
}

// However dear the counting, the database has three quarters of the time for others.
func TestCountingRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{slow: 4 * time.Second, state: persistence.HotState{Shown: "one", Fresh: true, Days: 7}}
		const life = 10 * time.Minute
		_ = d.run(t, life, func(s *hot.Service) {
			for range int(life / time.Second) {
				s.Note(7, social.HintLiked)
				<-time.After(time.Second)
			}
		})
		require.InDelta(t, life/4, d.busy, float64(life/40))
	})
}
