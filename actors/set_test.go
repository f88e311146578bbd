package actors_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/social"
)

func TestIDSetIsASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.Int64Range(1, 50), rapid.Int64Range(1, 20_000), rapid.Int64Range(math.MaxUint32-2, math.MaxUint32+2))
		loaded := rapid.SliceOfNDistinct(rapid.Int64Range(1, 20_000), 0, 2*actors.SmallSet, rapid.ID).Draw(t, "loaded")
		slices.Sort(loaded)
		model := map[int64]bool{}
		ids := make([]social.UserID, len(loaded))
		for i, x := range loaded {
			ids[i], model[x] = social.UserID(x), true
		}
		set := actors.NewIDSet(ids)
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			x := id.Draw(t, "id")
			if rapid.Bool().Draw(t, "add") {
				set.Add(x)
				model[x] = true
			} else {
				set.Remove(x)
				delete(model, x)
			}
			require.Equal(t, model[x], set.Has(x))
			require.EqualValues(t, len(model), set.Len())
		}
		for x := range model {
			require.True(t, set.Has(x))
		}
	})
}

func TestIDSetGrowsIntoABitmap(t *testing.T) {
	t.Parallel()
	set := actors.NewIDSet(nil)
	for x := int64(1); x <= 3*actors.SmallSet; x++ {
		set.Add(7 * x)
	}
	require.EqualValues(t, 3*actors.SmallSet, set.Len())
	require.True(t, set.Has(7*actors.SmallSet))
	require.False(t, set.Has(7*actors.SmallSet+1))
	require.Less(t, set.Bytes(), int64(4*3*actors.SmallSet))
}
