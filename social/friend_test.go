package social_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/social"
)

// These numbers are frozen. Two releases that run side by side exclude each
// other only while they agree on them: a failure here is never mended by
// changing the table.
func TestSlotVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		a, b social.UserID
		slot social.Slot
	}{
		{1, 2, 47},
		{1, 3, 44},
		{2, 3, 41},
		{1, 1000000, 15},
		{999, 1000, 18},
		{1000, 1001, 55},
		{12345, 67890, 5},
		{7, 70000000, 44},
		{2147483647, 2147483648, 6},
		{4294967296, 4294967297, 8},
		{1, 9223372036854775807, 42},
		{4611686018427387904, 9223372036854775807, 51},
	} {
		require.Equal(t, v.slot, social.PairOf(v.a, v.b).Slot(), "%d and %d", v.a, v.b)
		require.Equal(t, v.slot, social.PairOf(v.b, v.a).Slot(), "%d and %d", v.b, v.a)
	}
	require.Equal(t, 64, social.Slots)
}

func TestPairHasNoDirection(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.Custom(func(t *rapid.T) social.UserID { return social.UserID(rapid.Int64Min(1).Draw(t, "id")) })
		a, b := ids.Draw(t, "a"), ids.Draw(t, "b")
		p := social.PairOf(a, b)
		require.Equal(t, p, social.PairOf(b, a))
		require.LessOrEqual(t, p.UID1, p.UID2)
		require.GreaterOrEqual(t, p.Slot(), social.Slot(0))
		require.Less(t, p.Slot(), social.Slot(social.Slots))
	})
}

// Dense ids, as the program hands them out, must spread evenly, and so must
// the pairs of one person: they decide which locks a busy user contends for.
func TestSlotsAreUniform(t *testing.T) {
	t.Parallel()
	for name, pairs := range map[string]func(yield func(a, b social.UserID)){
		"all pairs of dense ids": func(yield func(a, b social.UserID)) {
			for a := social.UserID(1); a <= 400; a++ {
				for b := a + 1; b <= 400; b++ {
					yield(a, b)
				}
			}
		},
		"neighbours": func(yield func(a, b social.UserID)) {
			for a := social.UserID(1); a <= 80_000; a++ {
				yield(a, a+1)
			}
		},
		"one person and everybody": func(yield func(a, b social.UserID)) {
			for b := social.UserID(1); b <= 80_000; b++ {
				yield(500_000, b)
			}
		},
		"even ids": func(yield func(a, b social.UserID)) {
			for a := social.UserID(2); a <= 160_000; a += 2 {
				yield(a, a+64)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var counts [social.Slots]float64
			total := 0.0
			pairs(func(a, b social.UserID) {
				counts[social.PairOf(a, b).Slot()]++
				total++
			})
			chi := 0.0
			expected := total / social.Slots
			for _, n := range counts {
				chi += (n - expected) * (n - expected) / expected
			}
			// 63 degrees of freedom: a fair hash exceeds 120 about once in 40,000.
			require.Less(t, chi, 120.0)
		})
	}
}
