package actors_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/social"
)

func TestDeckStartsBehindOneselfAndComesAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, town(10))
	require.Equal(t, []social.UserID{5, 6, 7}, b.deal(t, 4, 3))
	require.Equal(t, []social.UserID{5, 6, 7}, b.deal(t, 4, 3))
	require.Equal(t, []social.UserID{5, 6, 7, 8, 9, 10, 1, 2, 3}, b.deal(t, 4, 0), "round to the beginning, never oneself")
	require.Equal(t, []social.UserID{9, 10, 1}, b.deal(t, 8, 3))
}

func TestDeckLosesWhoIsSwipedAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, town(10))
	require.Equal(t, []social.UserID{2, 3, 4}, b.deal(t, 1, 3))
	_, err := b.swipe(t, 1, 3, social.MarkDislike)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{2, 4, 5}, b.deal(t, 1, 3))
}

func TestDeckHasEveryoneOnceAndSeesWhoMovesIn(t *testing.T) {
	t.Parallel()
	store := town(1000)
	b := setup(t, store)
	const me = 500
	met := map[social.UserID]bool{}
	for {
		ids := b.deal(t, me, 100)
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			require.False(t, met[id], "%d twice", id)
			met[id] = true
			_, err := b.swipe(t, me, id, social.MarkDislike)
			require.NoError(t, err)
		}
	}
	require.Len(t, met, 999)
	store.mu.Lock()
	store.users[300] = social.User{} // moves out, and someone moves in behind the cursor
	delete(store.swipes, [2]social.UserID{me, 300})
	store.mu.Unlock()
	require.Empty(t, b.deal(t, me, 10))
	store.move(2000)
	require.Equal(t, []social.UserID{2000}, b.deal(t, me, 10))
	_, err := b.swipe(t, me, 2000, social.MarkLike)
	require.NoError(t, err)
	store.move(100_000)
	store.move(3000)
	require.ElementsMatch(t, []social.UserID{3000, 100_000}, b.deal(t, me, 10))
}

func TestDeckOrder(t *testing.T) {
	t.Parallel()
	store := town(10)
	b := setup(t, store)
	store.put(7, 1, social.MarkSuperlike)
	store.put(8, 1, social.MarkSuperlike)
	store.put(9, 1, social.MarkLike)
	store.change(8, func(u *social.User) { u.MinDatingAge = 90 }) // wants nobody like me
	_, err := b.swipe(t, 1, 5, social.MarkLike)
	require.NoError(t, err)
	store.change(5, func(u *social.User) { u.Location = "elsewhere" })
	_, err = b.Rewind(within(t, 5*time.Second), 1)
	require.NoError(t, err)
	cards, err := b.Deal(within(t, 5*time.Second), 1, 20)
	require.NoError(t, err)
	var ids []social.UserID
	for _, c := range cards {
		ids = append(ids, c.UserID)
		require.Equal(t, c.UserID == 7, c.SuperlikedMe)
		require.Equal(t, 26, c.Age)
	}
	require.Equal(t, []social.UserID{5, 7, 2, 3, 4, 6, 9, 10}, ids, "taken back, superlikers who suit, the rest")
}

// Of more superlikers than a few hands hold only the newest are looked at.
func TestDeckLooksPastSuperlikersWhoDoNotSuit(t *testing.T) {
	t.Parallel()
	store := town(100)
	b := setup(t, store)
	for id := social.UserID(50); id <= 60; id++ {
		store.put(id, 1, social.MarkSuperlike)
	}
	for id := social.UserID(56); id <= 60; id++ {
		store.change(id, func(u *social.User) { u.MinDatingAge = 90 })
	}
	require.Equal(t, []social.UserID{55, 2}, b.deal(t, 1, 2), "the newest five do not suit, and it was six that were looked at")
	require.Equal(t, []social.UserID{55, 54, 53}, b.deal(t, 1, 3))
}

func TestFurtherDealsAskTheStoreTwice(t *testing.T) {
	t.Parallel()
	store := town(100)
	b := setup(t, store)
	b.deal(t, 1, 10)
	for range 3 {
		store.mu.Lock()
		before := store.reads
		store.mu.Unlock()
		b.deal(t, 1, 10)
		store.mu.Lock()
		require.Equal(t, before+2, store.reads)
		store.mu.Unlock()
	}
}

func TestDeckOfIncompleteUnknownAndBadRequests(t *testing.T) {
	t.Parallel()
	store := town(10)
	b := setup(t, store)
	store.change(1, func(u *social.User) { u.Birthday = social.Date{} })
	require.Empty(t, b.deal(t, 1, 0))
	ctx := within(t, 5*time.Second)
	_, err := b.Deal(ctx, 77, 0)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnauthenticated})
	for _, limit := range []int{-1, 101, 1e9} {
		_, err = b.Deal(ctx, 2, limit)
		require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest})
	}
	require.Len(t, b.deal(t, 2, 100), 8, "the incomplete are dealt to nobody")
}

func TestDeckSizeIsTheRules(t *testing.T) {
	t.Parallel()
	b := setup(t, town(100))
	require.Len(t, b.deal(t, 1, 0), 20)
	rules := *b.rules.Load()
	rules.DeckSize = 33
	b.rules.Store(&rules)
	require.Len(t, b.deal(t, 1, 0), 33)
}

func TestDeckStartsAnewWhenSomethingElseIsWanted(t *testing.T) {
	t.Parallel()
	store := town(10)
	b := setup(t, store)
	require.Equal(t, []social.UserID{2, 3}, b.deal(t, 1, 2))
	for _, id := range []social.UserID{1, 8, 9} {
		store.change(id, func(u *social.User) { u.Location = "village" })
	}
	require.Equal(t, []social.UserID{8, 9}, b.deal(t, 1, 2))
	store.change(1, func(u *social.User) { u.Location = "town" })
	require.Equal(t, []social.UserID{2, 3}, b.deal(t, 1, 2))
}

func TestDeckKeepsItsPlaceAcrossPassivation(t *testing.T) {
	t.Parallel()
	store := town(2000)
	b := setup(t, store, func(o *actors.Options) { o.IdleAfter = time.Minute })
	for range 30 {
		for _, id := range b.deal(t, 1000, 10) {
			_, err := b.swipe(t, 1000, id, social.MarkDislike)
			require.NoError(t, err)
		}
	}
	want := b.deal(t, 1000, 10)
	require.Equal(t, social.UserID(1301), want[0])
	store.mu.Lock()
	require.LessOrEqual(t, store.saves, 5, "saved when refilled, not at every deal")
	store.mu.Unlock()
	b.clock.advance(time.Hour)
	eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == 0 })
	store.mu.Lock()
	pages := store.pages
	require.Equal(t, social.UserID(1300), store.cursors[1000].after)
	store.mu.Unlock()
	require.Equal(t, want, b.deal(t, 1000, 10))
	store.mu.Lock()
	require.Equal(t, pages+1, store.pages, "what is behind was not paged again")
	store.mu.Unlock()
}

// Two systems without a common cluster are two activations of every user.
func TestTwoActivationsDealNobodyTwice(t *testing.T) {
	t.Parallel()
	store := town(300)
	nodes := []*bundle{setup(t, store), setup(t, store)}
	var met []social.UserID
	for i := 0; ; i++ {
		ids := nodes[i%2].deal(t, 150, 7)
		if len(ids) == 0 {
			break
		}
		for j, id := range ids {
			require.NotContains(t, met, id)
			met = append(met, id)
			_, err := nodes[(i+j)%2].swipe(t, 150, id, social.MarkLike)
			require.NoError(t, err)
		}
	}
	require.Len(t, met, 299)
	last := met[len(met)-1]
	r, err := nodes[0].Rewind(within(t, 5*time.Second), 150)
	require.NoError(t, err)
	require.Equal(t, last, r.SID)
	for _, n := range slices.Repeat(nodes, 2) {
		require.Equal(t, []social.UserID{last}, n.deal(t, 150, 7), "taken back on one, dealt on both")
	}
}

// Someone at the end of a town whose beginning they have swiped through does not
// page through it at every activation.
func TestDeckKeepsItsPlaceBehindTheBeginning(t *testing.T) {
	t.Parallel()
	store := town(2000)
	const me = 1998
	for id := social.UserID(1); id <= 1500; id++ {
		store.swipes[[2]social.UserID{me, id}] = stored{Swipe: social.Swipe{UID: me, SID: id, Mark: social.MarkDislike}}
	}
	b := setup(t, store, func(o *actors.Options) { o.IdleAfter = time.Minute })
	require.Equal(t, []social.UserID{1999, 2000, 1501}, b.deal(t, me, 3))
	b.clock.advance(time.Hour)
	eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == 0 })
	store.mu.Lock()
	pages := store.pages
	store.mu.Unlock()
	require.Equal(t, []social.UserID{1501, 1502, 1503}, b.deal(t, me, 3))
	store.mu.Lock()
	require.Equal(t, pages+1, store.pages)
	store.mu.Unlock()
}

// Whom a user has swiped is loaded once a deal meets many of them, not before.
func TestTheSwipedAreLoadedWhenADealMeetsThem(t *testing.T) {
	t.Parallel()
	store := town(300)
	for id := social.UserID(101); id <= 200; id++ {
		store.put(1, id, social.MarkDislike)
	}
	b := setup(t, store)
	for met := 0; met < 99; met += 33 {
		ids := b.deal(t, 1, 33)
		require.Len(t, ids, 33)
		for _, id := range ids {
			_, err := b.swipe(t, 1, id, social.MarkLike)
			require.NoError(t, err)
		}
	}
	require.False(t, b.live(t, 1).SwipedLoaded)
	require.Equal(t, []social.UserID{201, 202, 203}, b.deal(t, 1, 3))
	require.True(t, b.live(t, 1).SwipedLoaded)
	require.EqualValues(t, 199, b.live(t, 1).SwipedCount)
	_, err := b.swipe(t, 1, 201, social.MarkLike)
	require.NoError(t, err)
	require.EqualValues(t, 200, b.live(t, 1).SwipedCount)
}
