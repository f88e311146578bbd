package hot

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func TestNotes(t *testing.T) {
	t.Parallel()
	var n notes
	require.Empty(t, n.take(9))
	for uid := social.UserID(1); uid <= maxNotes; uid++ {
		require.True(t, n.add(uid, false))
	}
	require.False(t, n.add(maxNotes+1, true), "they are bounded")
	for range 3 {
		require.True(t, n.add(7, false))
	}
	require.True(t, n.add(9, false))
	require.True(t, n.add(8, true))
	require.Equal(t, []social.UserID{8, 7, 9}, n.take(3), "who lost a like first, then who was liked most")
	require.True(t, n.add(maxNotes+1, false))
	require.Len(t, n.take(2*maxNotes), maxNotes-2)
	require.Empty(t, n.take(9))
}

// What a like costs the goroutine that has just committed it.
func BenchmarkNote(b *testing.B) {
	var n notes
	uid := social.UserID(0)
	for b.Loop() {
		uid = (uid + 7919) % maxNotes
		n.add(uid, false)
	}
}
