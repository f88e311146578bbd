package plain_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/scripts/bench/plain"
	"github.com/swiperhq/swiper/social"
)

// Couples like each other at the same instant: every one of them is matched,
// exactly once, and at least one of the two is told so at once.
func TestCouplesAtTheSameInstant(t *testing.T) {
	t.Parallel()
	for _, design := range storing() {
		t.Run(design, func(t *testing.T) {
			t.Parallel()
			const couples = 300
			b := setup(t, design, 2*couples)
			var told [2 * couples]bool
			for c := range couples {
				var both sync.WaitGroup
				start := make(chan struct{})
				for side := range 2 {
					both.Go(func() {
						<-start
						uid, sid := social.UserID(2*c+1+side), social.UserID(2*c+2-side)
						r, err := b.swipe(t, uid, sid, social.MarkLike)
						if err != nil {
							t.Error(err)
						}
						told[2*c+side] = r.Matched
					})
				}
				close(start)
				both.Wait()
				require.True(t, told[2*c] || told[2*c+1], "couple %d was told nothing", c)
			}
			require.Equal(t, couples, b.count(t, `friend WHERE uid2 = uid1 + 1`))
			require.Equal(t, couples, b.count(t, `friend`))
			require.Equal(t, 2*couples, b.count(t, `event WHERE kind = 'match'`))
			require.Equal(t, 2*couples, b.count(t, `(SELECT DISTINCT uid, other FROM event) AS told`))
		})
	}
}

// Many copies of the same two likes at once make one swipe each and one friendship.
func TestRepeatsAtTheSameInstant(t *testing.T) {
	t.Parallel()
	for _, design := range storing() {
		t.Run(design, func(t *testing.T) {
			t.Parallel()
			b := setup(t, design, 2)
			const copies = 40
			var fresh sync.Map
			var all sync.WaitGroup
			for i := range 2 * copies {
				all.Go(func() {
					uid := social.UserID(1 + i%2)
					r, err := b.swipe(t, uid, 3-uid, social.MarkSuperlike)
					if err != nil {
						t.Error(err)
					}
					if !r.Repeated {
						if _, again := fresh.LoadOrStore(uid, true); again {
							t.Errorf("two swipes of user %d count as new", uid)
						}
					}
				})
			}
			all.Wait()
			require.Equal(t, 2, b.count(t, `swiped`))
			require.Equal(t, 1, b.count(t, `friend`))
			require.Equal(t, 2, b.count(t, `event`))
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, design := range storing() {
		t.Run(design, func(t *testing.T) {
			t.Parallel()
			b := setup(t, design, 6)
			like := func(uid, sid social.UserID) social.SwipeResult {
				r, err := b.swipe(t, uid, sid, social.MarkLike)
				require.NoError(t, err)
				return r
			}
			require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike}, like(1, 2))
			require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike, Repeated: true}, like(1, 2))
			require.Equal(t, social.SwipeResult{SID: 1, Mark: social.MarkLike, Matched: true}, like(2, 1))
			require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike, Matched: true, Repeated: true}, like(1, 2), "the friendship as it stands now")

			_, err := b.swipe(t, 1, 2, social.MarkDislike)
			requireCode(t, social.CodeAlreadySwiped, err)

			r, err := b.swipe(t, 3, 4, social.MarkDislike)
			require.NoError(t, err)
			require.False(t, r.Matched)
			require.False(t, like(4, 3).Matched, "a dislike makes no match")
			require.Equal(t, 1, b.count(t, `friend`))

			_, err = b.swipe(t, 1, 999, social.MarkLike)
			requireCode(t, social.CodeUserNotFound, err)
			_, err = b.swipe(t, 999, 1, social.MarkLike)
			requireCode(t, social.CodeUnauthenticated, err)

			like(5, 6)
			_, err = b.conn.Exec(t.Context(), `UPDATE users SET deleted_at = now() WHERE id = 5`)
			require.NoError(t, err)
			_, err = b.swipe(t, 6, 5, social.MarkLike)
			requireCode(t, social.CodeUserNotFound, err)
			require.Equal(t, 1, b.count(t, `friend`), "nobody is matched with people who are gone")
		})
	}
}

func TestCourseDealsWhoeverIsLeft(t *testing.T) {
	t.Parallel()
	for _, design := range []string{plain.Course, plain.CourseORM} {
		t.Run(design, func(t *testing.T) {
			t.Parallel()
			b := setup(t, design, 60)
			cards, err := b.Deal(t.Context(), 1, 0)
			require.NoError(t, err)
			require.Len(t, cards, 20)
			for _, c := range cards {
				require.Zero(t, c.UserID%2, "a man")
				require.NotZero(t, c.Age)
				_, err := b.swipe(t, 1, c.UserID, social.MarkDislike)
				require.NoError(t, err)
			}
			left, err := b.Deal(t.Context(), 1, 0)
			require.NoError(t, err)
			require.Len(t, left, 10, "30 men but for those 20 swiped")
			for _, c := range left {
				require.Zero(t, b.count(t, `swiped WHERE uid = 1 AND sid = $1`, c.UserID))
			}
		})
	}
}

func TestEmptyStoresNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, plain.Empty, 2)
	for range 2 {
		r, err := b.Swipe(t.Context(), social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike}, persistence.IdempotencyKey{})
		require.NoError(t, err)
		require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike}, r)
	}
	require.Zero(t, b.count(t, `swiped`))
}

func TestUnknownDesign(t *testing.T) {
	t.Parallel()
	_, _, err := plain.New(t.Context(), plain.Options{Design: "other", URL: "postgres://127.0.0.1:1/x", Pool: 1})
	require.ErrorContains(t, err, `"other"`)
	_, _, err = plain.New(t.Context(), plain.Options{Design: plain.Textbook, URL: "postgres://127.0.0.1:1/x"})
	require.ErrorContains(t, err, "pool")
}
