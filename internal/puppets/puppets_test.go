package puppets_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/puppets"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Users from firstGuest on came in by phone; those before are made up.
const firstGuest = social.UserID(5001)

// stage is a world that deals the same cards to everybody and notes who swipes.
type stage struct {
	asleep atomic.Bool // nobody is to swipe

	mu     sync.Mutex
	cards  []social.Card
	swipes []social.Swipe

	lookups int // of phones
}

func (s *stage) SealedPhone(_ context.Context, uid social.UserID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookups++
	if uid >= firstGuest {
		return []byte("sealed"), nil
	}
	return nil, nil
}

func (s *stage) Swipe(_ context.Context, swipe social.Swipe, _ persistence.IdempotencyKey) (social.SwipeResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swipes = append(s.swipes, swipe)
	return social.SwipeResult{SID: swipe.SID, Mark: swipe.Mark}, nil
}

func (s *stage) Rewind(context.Context, social.UserID, persistence.IdempotencyKey) (social.RewindResult, error) {
	return social.RewindResult{}, nil
}

func (s *stage) Deal(context.Context, social.UserID, int) ([]social.Card, error) { return s.cards, nil }

func (s *stage) Unfriend(context.Context, social.UserID, social.UserID) error { return nil }

// moves gives the swipes that puppets made.
func (s *stage) moves() []social.Swipe {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []social.Swipe
	for _, swipe := range s.swipes {
		if swipe.UID < firstGuest {
			out = append(out, swipe)
		}
	}
	return out
}

func cards(from, to social.UserID) []social.Card {
	var out []social.Card
	for id := from; id <= to; id++ {
		out = append(out, social.Card{UserID: id})
	}
	return out
}

// play runs puppets on s while scene acts, under a clock that moves when all wait.
func play(t *testing.T, s *stage, scene func(t *testing.T, watched puppets.Actors)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, err := puppets.New(puppets.Options{Actors: s, Phones: s, Awake: func() bool { return !s.asleep.Load() }})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		scene(t, p.Watch())
		cancel()
		require.NoError(t, <-done)
	})
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestSomeLikeWhoTheyAreDealtTo(t *testing.T) {
	t.Parallel()
	for guest := firstGuest; guest < firstGuest+20; guest++ {
		s := &stage{cards: cards(1, 20)}
		play(t, s, func(t *testing.T, watched puppets.Actors) {
			t.Helper()
			for range 3 { // the same cards are dealt until they are swiped
				_, err := watched.Deal(t.Context(), guest, 20)
				require.NoError(t, err)
			}
			pass(4 * time.Second)
			require.NotEmpty(t, s.moves(), "somebody likes a newcomer within seconds")
			pass(10 * time.Minute)
			moves := s.moves()
			require.Less(t, len(moves), 15, "not everybody")
			seen := map[social.UserID]bool{}
			for i, m := range moves {
				require.Equal(t, guest, m.SID)
				require.NotEqual(t, social.MarkDislike, m.Mark)
				require.False(t, seen[m.UID], "everyone makes up their mind once")
				seen[m.UID] = true
				if i > 0 {
					require.GreaterOrEqual(t, m.Time.Sub(moves[i-1].Time), 6*time.Second, "slowly")
				}
			}
		})
	}
}

// Whoever tests with people who come in by phone has the others stand still, those
// too who had made up their minds before.
func TestNobodySwipesWhileAsleep(t *testing.T) {
	t.Parallel()
	s := &stage{cards: cards(1, 20)}
	play(t, s, func(t *testing.T, watched puppets.Actors) {
		t.Helper()
		deal := func(guest social.UserID) {
			_, err := watched.Deal(t.Context(), guest, 20)
			require.NoError(t, err)
		}
		deal(firstGuest)
		s.asleep.Store(true)
		deal(firstGuest + 1)
		pass(10 * time.Minute)
		require.Empty(t, s.moves())
		s.asleep.Store(false)
		deal(firstGuest + 2)
		pass(10 * time.Minute)
		require.NotEmpty(t, s.moves())
		for _, m := range s.moves() {
			require.Equal(t, firstGuest+2, m.SID)
		}
	})
}

func TestSuperlikesAreSeldomAndThere(t *testing.T) {
	t.Parallel()
	marks := map[social.Mark]int{}
	for guest := firstGuest; guest < firstGuest+100; guest++ {
		s := &stage{cards: cards(1, 20)}
		play(t, s, func(t *testing.T, watched puppets.Actors) {
			t.Helper()
			_, err := watched.Deal(t.Context(), guest, 20)
			require.NoError(t, err)
			pass(10 * time.Minute)
		})
		for _, m := range s.moves() {
			marks[m.Mark]++
		}
	}
	require.Greater(t, marks[social.MarkSuperlike], 20)
	require.Greater(t, marks[social.MarkLike], 2*marks[social.MarkSuperlike])
}

func TestALikeIsAnsweredSoonByEveryThirdAtLeast(t *testing.T) {
	t.Parallel()
	s := &stage{}
	play(t, s, func(t *testing.T, watched puppets.Actors) {
		t.Helper()
		like := func(sid social.UserID, mark social.Mark) {
			_, err := watched.Swipe(t.Context(), social.Swipe{UID: firstGuest, SID: sid, Mark: mark}, persistence.IdempotencyKey{})
			require.NoError(t, err)
		}
		for i := range social.UserID(30) {
			like(100+i, social.MarkLike)
			pass(10 * time.Second)
			require.GreaterOrEqual(t, len(s.moves()), int(i+1)/3)
		}
		require.Less(t, len(s.moves()), 25, "not everybody")
		before := len(s.moves())
		for i := range social.UserID(30) {
			like(200+i, social.MarkDislike)
		}
		pass(time.Minute)
		require.Len(t, s.moves(), before, "a dislike is not answered")
	})
}

func TestOnlyPeopleWithAPhoneAreAnsweredAndOnlyOthersMove(t *testing.T) {
	t.Parallel()
	s := &stage{cards: append(cards(1, 3), cards(firstGuest+1, firstGuest+60)...)}
	play(t, s, func(t *testing.T, watched puppets.Actors) {
		t.Helper()
		_, err := watched.Deal(t.Context(), 7, 20)
		require.NoError(t, err)
		_, err = watched.Swipe(t.Context(), social.Swipe{UID: 7, SID: 8, Mark: social.MarkLike}, persistence.IdempotencyKey{})
		require.NoError(t, err)
		pass(time.Hour)
		require.Len(t, s.swipes, 1, "made-up people are not answered")

		_, err = watched.Deal(t.Context(), firstGuest, 100)
		require.NoError(t, err)
		for sid := firstGuest + 1; sid < firstGuest+20; sid++ {
			_, err = watched.Swipe(t.Context(), social.Swipe{UID: firstGuest, SID: sid, Mark: social.MarkLike}, persistence.IdempotencyKey{})
			require.NoError(t, err)
		}
		pass(time.Hour)
		for _, swipe := range s.swipes {
			require.True(t, swipe.UID == firstGuest || swipe.UID <= 7, "nobody real is moved: %+v", swipe)
		}
	})
}

func TestBounds(t *testing.T) {
	t.Parallel()
	s := &stage{cards: cards(1, 100)}
	play(t, s, func(t *testing.T, watched puppets.Actors) {
		t.Helper()
		for guest := firstGuest; guest < firstGuest+300; guest++ {
			_, err := watched.Deal(t.Context(), guest, 100)
			require.NoError(t, err)
			synctest.Wait()
		}
		pass(time.Hour)
		require.LessOrEqual(t, len(s.moves()), 256*16)
		answered := map[social.UserID]bool{}
		for _, m := range s.moves() {
			answered[m.SID] = true
		}
		require.Len(t, answered, 256, "those seen last are looked after")
		require.True(t, answered[firstGuest+299])
	})
}

// Whoever swipes for made-up people, as tests of load do, costs a look-up each.
func TestMadeUpPeopleAreLookedUpOnce(t *testing.T) {
	t.Parallel()
	s := &stage{cards: cards(1, 20)}
	play(t, s, func(t *testing.T, watched puppets.Actors) {
		t.Helper()
		for range 100 {
			for uid := social.UserID(1); uid <= 5; uid++ {
				_, err := watched.Deal(t.Context(), uid, 20)
				require.NoError(t, err)
			}
			synctest.Wait()
		}
		require.Equal(t, 5, s.lookups)
	})
}

func TestRefusesToBeMadeWithoutActors(t *testing.T) {
	t.Parallel()
	_, err := puppets.New(puppets.Options{})
	require.Error(t, err)
}
