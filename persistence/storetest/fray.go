package storetest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Few people do everything at once, through both stores, for a while: whatever
// the order was, no half state remains and nobody got more than a limit.
func fray(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 8)
	r := limits(40)
	errs := make([]error, db.scaled(3_000))
	inLanes(len(errs), func(i int) {
		rnd := rand.New(rand.NewPCG(uint64(i), 3)) //nolint:gosec // reproducible
		one := func(s persistence.Store) error {
			uid, sid := everyone[rnd.IntN(8)], everyone[rnd.IntN(8)]
			at := noon.Add(time.Duration(i) * time.Second)
			switch {
			case uid == sid:
				var batch []persistence.Record
				for _, other := range everyone {
					if other != uid {
						batch = append(batch, metered(r, uid, other, social.MarkLike, at), like(other, uid))
					}
				}
				_, err := s.RecordSwipes(background(), batch)
				return err
			case rnd.IntN(3) == 0:
				_, err := s.Rewind(background(), rewindOf(uid, 50, at))
				return err
			case rnd.IntN(20) == 0:
				return s.Unfriend(background(), uid, sid, at)
			default:
				_, err := s.RecordSwipes(background(), []persistence.Record{metered(r, uid, sid, social.MarkLike, at)})
				return err
			}
		}
		errs[i] = one([]persistence.Store{db.A, db.B}[i%2])
	})
	for _, err := range errs {
		switch social.CodeOf(err) {
		case "", social.CodeNothingToRewind, social.CodeRewindQuotaExceeded, social.CodeNotFriends:
		default:
			require.NoError(t, err)
		}
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	for _, uid := range everyone {
		require.LessOrEqual(t, used(t, db.A, uid, social.ActionLike, noon), 40)
		require.LessOrEqual(t, used(t, db.A, uid, social.ActionRewind, noon), 50)
	}
}
