package actors_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// key makes a key for what is asked for.
func key(name, what string) persistence.IdempotencyKey {
	digest := sha256.Sum256([]byte(what))
	return persistence.IdempotencyKey{Key: name, Digest: digest[:]}
}

// townOfSwiped has users 1 to 10, of whom user 1 has swiped all but 2 and 3: so
// many that a deal learns who they are.
func townOfSwiped() *memory {
	store := town(10)
	for id := social.UserID(4); id <= 10; id++ {
		store.put(1, id, social.MarkDislike)
	}
	return store
}

func TestReplayedSwipeHidesNobody(t *testing.T) {
	t.Parallel()
	store := townOfSwiped()
	b := setup(t, store)
	ctx := within(t, 20*time.Second)
	require.ElementsMatch(t, []social.UserID{2, 3}, b.deal(t, 1, 20), "the actor knows whom it has swiped")
	like := social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike}
	stored, err := b.Client.Swipe(ctx, like, key("k", "like 2"))
	require.NoError(t, err)
	require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike}, stored)
	require.EqualValues(t, 8, b.live(t, 1).SwipedCount)
	_, err = b.Rewind(ctx, 1)
	require.NoError(t, err)

	again, err := b.Client.Swipe(ctx, like, key("k", "like 2"))
	require.NoError(t, err)
	stored.Replayed = true
	require.Equal(t, stored, again)
	require.Equal(t, 7, store.count())
	require.EqualValues(t, 7, b.live(t, 1).SwipedCount)
	require.Equal(t, []social.UserID{2, 3}, b.deal(t, 1, 20))
	require.InDelta(t, 1, b.metric(t, "swiper_swipes_total", "outcome", "replayed"), 0)
	require.InDelta(t, 1, b.metric(t, "swiper_swipes_total", "outcome", "stored"), 0)
}

func TestReplayedMatchIsCountedOnce(t *testing.T) {
	t.Parallel()
	store := town(3)
	store.put(2, 1, social.MarkLike)
	b := setup(t, store)
	for i := range 3 {
		r, err := b.Client.Swipe(within(t, 20*time.Second), social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike}, key("k", "like 2"))
		require.NoError(t, err)
		require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike, Matched: true, Replayed: i > 0}, r)
	}
	require.InDelta(t, 1, b.metric(t, "swiper_matches_total"), 0)
}

func TestReplayedRewindForgetsNobody(t *testing.T) {
	t.Parallel()
	store := townOfSwiped()
	b := setup(t, store)
	ctx := within(t, 20*time.Second)
	b.deal(t, 1, 20)
	_, err := b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	rewound, err := b.Client.Rewind(ctx, 1, key("r", "rewind"))
	require.NoError(t, err)
	require.Equal(t, social.RewindResult{SID: 2, Mark: social.MarkLike, Used: 1, Limit: 3}, rewound)
	_, err = b.swipe(t, 1, 2, social.MarkDislike)
	require.NoError(t, err)

	rules := *b.rules.Load()
	rules.RewindsPerDay = 7
	b.rules.Store(&rules)
	again, err := b.Client.Rewind(ctx, 1, key("r", "rewind"))
	require.NoError(t, err)
	rewound.Replayed = true
	require.Equal(t, rewound, again, "with the limit of then")
	require.Equal(t, 8, store.count())
	require.EqualValues(t, 8, b.live(t, 1).SwipedCount)
	require.Equal(t, []social.UserID{3}, b.deal(t, 1, 20))
}

func TestKeyOfAnotherRequestIsRefused(t *testing.T) {
	t.Parallel()
	store := town(3)
	b := setup(t, store)
	ctx := within(t, 20*time.Second)
	_, err := b.Client.Swipe(ctx, social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike}, key("k", "like 2"))
	require.NoError(t, err)
	_, err = b.Client.Swipe(ctx, social.Swipe{UID: 1, SID: 3, Mark: social.MarkLike}, key("k", "like 3"))
	require.ErrorIs(t, err, &social.Error{Code: social.CodeIdempotencyMismatch})
	_, err = b.Client.Rewind(ctx, 1, key("k", "rewind"))
	require.ErrorIs(t, err, &social.Error{Code: social.CodeIdempotencyMismatch})
	require.Equal(t, 1, store.count())
	_, err = b.Client.Swipe(ctx, social.Swipe{UID: 3, SID: 2, Mark: social.MarkLike}, key("k", "like 2"))
	require.NoError(t, err, "keys are each user's own")
	require.Equal(t, 2, store.count())
}

// TestKeyActsOnce sends the same requests at once through two systems that know
// nothing of each other.
func TestKeyActsOnce(t *testing.T) {
	t.Parallel()
	store := town(100)
	systems := []*bundle{setup(t, store), setup(t, store)}
	ctx := within(t, 20*time.Second)
	for uid := social.UserID(1); uid <= 20; uid++ {
		like := social.Swipe{UID: uid, SID: uid + 20, Mark: social.MarkLike}
		acted := atOnce(t, systems, func(b *bundle) (bool, any, error) {
			r, err := b.Client.Swipe(ctx, like, key("s", "like"))
			acted := !r.Replayed
			r.Replayed = false
			return acted, r, err
		})
		require.Equal(t, 1, acted)
		acted = atOnce(t, systems, func(b *bundle) (bool, any, error) {
			r, err := b.Client.Rewind(ctx, uid, key("r", "rewind"))
			acted := !r.Replayed
			r.Replayed = false
			return acted, r, err
		})
		require.Equal(t, 1, acted)
		require.Equal(t, 1, store.used[uid])
	}
	require.Zero(t, store.count())
}

// atOnce makes as many calls as a user may, requires that all answers are the
// same and tells how many of them were no replays.
func atOnce(t *testing.T, systems []*bundle, call func(*bundle) (bool, any, error)) (acted int) {
	t.Helper()
	var mu sync.Mutex
	var answers []any
	var wg sync.WaitGroup
	for i := range len(systems) * actors.MaxPerUser {
		wg.Go(func() {
			first, answer, err := call(systems[i%len(systems)])
			mu.Lock()
			defer mu.Unlock()
			if assert.NoError(t, err) && first {
				acted++
			}
			answers = append(answers, answer)
		})
	}
	wg.Wait()
	for _, a := range answers {
		require.Equal(t, answers[0], a)
	}
	return acted
}

// TestRetriesChangeNothing plays random keyed swipes and rewinds on two systems
// in turn and sends any of them again at any time: it gets its first answer,
// and the store and what is dealt stay as they were.
func TestRetriesChangeNothing(t *testing.T) {
	t.Parallel()
	store := town(0)
	systems := []*bundle{setup(t, store), setup(t, store)}
	for _, b := range systems {
		rules := *b.rules.Load()
		rules.RewindsPerDay = social.NoLimit
		b.rules.Store(&rules)
	}
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		newRetries(t, store, systems, run).play(rt)
	})
}

// retries is one run: a user of its own among strangers of its own.
type retries struct {
	t         *testing.T
	store     *memory
	systems   []*bundle
	me        social.UserID
	strangers []social.UserID
	done      []attempt
}

// attempt is a request that was granted.
type attempt struct {
	key    persistence.IdempotencyKey
	ask    func(*bundle, persistence.IdempotencyKey) (any, error)
	answer any // as its replays give it
}

func newRetries(t *testing.T, store *memory, systems []*bundle, run int) *retries {
	t.Helper()
	r := &retries{t: t, store: store, systems: systems, me: social.UserID(10 * run)}
	for id := r.me; id < r.me+6; id++ {
		store.move(id)
		store.change(id, func(u *social.User) { u.Location = "town " + strconv.Itoa(run) })
		if id != r.me {
			r.strangers = append(r.strangers, id)
		}
	}
	return r
}

func (r *retries) play(rt *rapid.T) {
	system := func() *bundle { return rapid.SampledFrom(r.systems).Draw(rt, "system") }
	rt.Repeat(map[string]func(*rapid.T){
		"swipe": func(rt *rapid.T) {
			s := social.Swipe{
				UID: r.me, SID: rapid.SampledFrom(r.strangers).Draw(rt, "stranger"),
				Mark: rapid.SampledFrom([]social.Mark{social.MarkLike, social.MarkDislike}).Draw(rt, "mark"),
			}
			r.first(system(), func(b *bundle, k persistence.IdempotencyKey) (any, error) {
				a, err := b.Client.Swipe(within(r.t, 20*time.Second), s, k)
				return a, err
			})
		},
		"rewind": func(*rapid.T) {
			r.first(system(), func(b *bundle, k persistence.IdempotencyKey) (any, error) {
				a, err := b.Client.Rewind(within(r.t, 20*time.Second), r.me, k)
				return a, err
			})
		},
		"retry": func(rt *rapid.T) {
			if len(r.done) == 0 {
				rt.Skip("nothing to retry")
			}
			a := rapid.SampledFrom(r.done).Draw(rt, "attempt")
			stood := r.store.standing(r.me)
			again, err := a.ask(system(), a.key)
			require.NoError(rt, err)
			require.Equal(rt, a.answer, again)
			_, err = a.ask(system(), key(a.key.Key, "something else"))
			require.ErrorIs(rt, err, &social.Error{Code: social.CodeIdempotencyMismatch})
			require.Equal(rt, stood, r.store.standing(r.me))
		},
		"": func(rt *rapid.T) {
			stood := r.store.standing(r.me)
			want := slices.DeleteFunc(slices.Clone(r.strangers), func(id social.UserID) bool { return slices.Contains(stood, id) })
			require.ElementsMatch(rt, want, system().deal(r.t, r.me, 20))
		},
	})
}

// first sends a request under a new key.
func (r *retries) first(b *bundle, ask func(*bundle, persistence.IdempotencyKey) (any, error)) {
	k := key(fmt.Sprintf("key %d", len(r.done)), "this")
	answer, err := ask(b, k)
	if err != nil {
		return // refused by the rules: its key stays free
	}
	switch a := answer.(type) {
	case social.SwipeResult:
		a.Replayed = true
		answer = a
	case social.RewindResult:
		a.Replayed = true
		answer = a
	}
	r.done = append(r.done, attempt{k, ask, answer})
}
