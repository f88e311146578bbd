package hot_test

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/hot"
	"github.com/swiperhq/swiper/internal/teststore"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

// town is a database with people, ids 1 to 20 in Hangzhou and 21 to 30 in Suzhou,
// and a Redis that is lost when the test says so.
type town struct {
	db   persistence.Store
	mini *miniredis.Miniredis
	days atomic.Int64
}

// onBoth runs a test on either engine.
func onBoth(t *testing.T, test func(t *testing.T, w *town)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newTown(t, teststore.SQLite(t)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newTown(t, teststore.Postgres(t)))
	})
}

func newTown(t *testing.T, db persistence.Store) *town {
	t.Helper()
	_, err := db.InsertUsers(t.Context(), func(yield func(social.User) bool) {
		for id := social.UserID(1); id <= 30; id++ {
			u := social.User{
				ID: id, Nickname: "p" + strconv.Itoa(int(id)), Sex: social.SexOther, Birthday: social.Date{Year: 1998, Month: 4, Day: 2},
				Location: "Hangzhou", DatingSex: social.SexAny, MinDatingAge: 18, MaxDatingAge: 60, LastActiveAt: time.Now(), CreatedAt: time.Now(),
			}
			if id > 20 {
				u.Location = "Suzhou"
			}
			if !yield(u) {
				return
			}
		}
	})
	require.NoError(t, err)
	w := &town{db: db, mini: miniredis.RunT(t)}
	w.days.Store(7)
	return w
}

func (w *town) board(t *testing.T) *redis.HotBoard {
	t.Helper()
	c, err := redis.Open(t.Context(), redis.Options{URL: "redis://" + w.mini.Addr()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c.HotBoard("here")
}

// node is a running service.
func (w *town) node(t *testing.T) *hot.Service {
	t.Helper()
	s, err := hot.New(hot.Options{
		Store: w.db, Board: w.board(t), Look: 5 * time.Millisecond, Registerer: prometheus.NewRegistry(),
		Rules: func() *social.Rules { return &social.Rules{HotDays: int(w.days.Load()), Zone: time.UTC} },
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return s
}

// like stores a like at a time and notes it, as actors do.
func (w *town) like(t *testing.T, note func(social.UserID, social.EventKind), at time.Time, sid social.UserID, uids ...social.UserID) {
	t.Helper()
	for _, uid := range uids {
		got, err := w.db.RecordSwipes(t.Context(), []persistence.Record{{Swipe: social.Swipe{UID: uid, SID: sid, Mark: social.MarkLike, Time: at}}})
		require.NoError(t, err)
		require.NoError(t, got[0].Err)
		note(sid, social.HintLiked)
	}
}

func unnoted(social.UserID, social.EventKind) {}

// requireTop waits until uid is shown these people in this order.
func requireTop(t *testing.T, s *hot.Service, uid social.UserID, location string, limit int, want ...social.UserID) {
	t.Helper()
	var got []social.UserID
	var err error
	require.Eventually(t, func() bool {
		var cards []social.Card
		cards, err = s.Top(t.Context(), uid, location, limit)
		got = nil
		for _, c := range cards {
			got = append(got, c.UserID)
		}
		return err == nil && slices.Equal(want, got)
	}, patience, 5*time.Millisecond, "want %v", want)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestTheRankingFollowsLikes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *town) {
		t.Helper()
		now := time.Now()
		w.like(t, unnoted, now, 5, 1, 2, 3)
		s := w.node(t)
		requireTop(t, s, 9, "", 20, 5)
		w.like(t, s.Note, now, 6, 1, 2, 3, 4)
		w.like(t, s.Note, now, 7, 1)
		w.like(t, s.Note, now, 25, 1, 2)
		requireTop(t, s, 9, "", 20, 6, 5, 7)
		requireTop(t, s, 9, "", 2, 6, 5)
		requireTop(t, s, 9, "Suzhou", 20, 25)
		requireTop(t, s, 30, "", 20, 25)
		requireTop(t, s, 9, "Nowhere", 20)
		requireTop(t, s, 6, "Hangzhou", 20, 5, 7) // not oneself
		requireTop(t, s, 4, "", 20, 5, 7)         // nor whom one has swiped

		got, err := w.db.RecordSwipes(t.Context(), []persistence.Record{{Swipe: social.Swipe{UID: 7, SID: 9, Mark: social.MarkSuperlike, Time: now}}})
		require.NoError(t, err)
		require.NoError(t, got[0].Err)
		cards, err := s.Top(t.Context(), 9, "", 20)
		require.NoError(t, err)
		require.Equal(t, []bool{false, false, true}, []bool{cards[0].SuperlikedMe, cards[1].SuperlikedMe, cards[2].SuperlikedMe})

		elsewhere := "Suzhou"
		_, err = w.db.UpdateProfile(t.Context(), 6, social.ProfilePatch{Location: &elsewhere}, social.DateOf(now))
		require.NoError(t, err)
		requireTop(t, s, 9, "", 20, 5, 7) // who has moved is not shown where they were
		w.like(t, s.Note, now, 6, 8)
		requireTop(t, s, 9, "Suzhou", 20, 6, 25)

		_, err = s.Top(t.Context(), 404, "", 20)
		require.Equal(t, social.CodeUserNotFound, social.CodeOf(err))
	})
}

func TestWhatIsTakenBackDoesNotCount(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *town) {
		t.Helper()
		now, s := time.Now(), w.node(t)
		w.like(t, s.Note, now, 5, 1, 2, 3)
		w.like(t, s.Note, now, 6, 1, 2)
		w.like(t, s.Note, now, 1, 6)
		requireTop(t, s, 9, "", 20, 5, 6, 1)
		for _, uid := range []social.UserID{2, 3} { // 2 takes its like of 6 back
			_, err := w.db.Rewind(t.Context(), persistence.RewindRequest{
				UID: uid, Time: now, Meter: social.Meter{Action: social.ActionRewind, Day: social.DateOf(now), Limit: social.NoLimit},
			})
			require.NoError(t, err)
		}
		s.Note(6, social.HintUnliked)
		s.Note(5, social.HintUnliked)
		requireTop(t, s, 9, "", 20, 5, 6, 1)
		require.NoError(t, w.db.Unfriend(t.Context(), 1, 6, now))
		s.Note(6, social.EventUnmatched)
		requireTop(t, s, 9, "", 20, 5, 1)
	})
}

func TestALostRankingIsMadeAgain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *town) {
		t.Helper()
		now, s := time.Now(), w.node(t)
		w.like(t, s.Note, now, 5, 1, 2, 3)
		requireTop(t, s, 9, "", 20, 5)
		w.mini.FlushAll()
		requireTop(t, s, 9, "", 20, 5)

		w.mini.Close()
		_, err := s.Top(t.Context(), 9, "", 20)
		require.Equal(t, social.CodeUnavailable, social.CodeOf(err))
		w.like(t, s.Note, now, 6, 1, 2, 3, 4) // noted while there is no Redis
		require.NoError(t, w.mini.Restart())
		requireTop(t, s, 9, "", 20, 6, 5)
	})
}

// What nobody noted is found when the ranking is made anew.
func TestNotesMayBeLost(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *town) {
		t.Helper()
		now, s := time.Now(), w.node(t)
		w.like(t, s.Note, now, 5, 1)
		requireTop(t, s, 9, "", 20, 5)
		w.like(t, unnoted, now, 6, 1, 2)
		w.like(t, s.Note, now, 7, 1)
		requireTop(t, s, 9, "", 20, 7, 5) // and not 6
		w.mini.FastForward(11 * time.Minute)
		requireTop(t, s, 9, "", 20, 6, 7, 5)
	})
}

func TestANodeThatDiedMakingIsReplaced(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *town) {
		t.Helper()
		w.like(t, unnoted, time.Now(), 5, 1)
		dead, err := w.board(t).ClaimHot(t.Context(), "dead", 30*time.Second)
		require.NoError(t, err)
		require.True(t, dead)
		one, two := w.node(t), w.node(t)
		_, err = one.Top(t.Context(), 9, "", 20)
		require.Equal(t, social.CodeUnavailable, social.CodeOf(err), "another node makes it")
		require.Positive(t, social.AsError(err).RetryAfter)
		w.mini.FastForward(31 * time.Second)
		requireTop(t, one, 9, "", 20, 5)
		requireTop(t, two, 9, "", 20, 5)
		w.like(t, two.Note, time.Now(), 6, 1, 2)
		requireTop(t, one, 9, "", 20, 6, 5)
	})
}

func TestTheWindowIsARule(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *town) {
		t.Helper()
		now := time.Now()
		_, err := w.db.HotSince(t.Context(), now.Add(-10*24*time.Hour), 0)
		require.NoError(t, err)
		w.like(t, unnoted, now.Add(-9*24*time.Hour), 5, 1, 2, 3)
		_, err = w.db.HotSince(t.Context(), now.Add(-8*24*time.Hour), 0)
		require.NoError(t, err)
		w.like(t, unnoted, now, 6, 1)
		s := w.node(t)
		requireTop(t, s, 9, "", 20, 6)
		w.days.Store(30)
		requireTop(t, s, 9, "", 20, 5, 6)
	})
}
