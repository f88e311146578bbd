package cluster

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func members(n int) []Member {
	out := make([]Member, n)
	for i := range out {
		out[i] = Member{Address: "10.0.0." + strconv.Itoa(i+1) + ":9000", Kinds: []string{"user"}}
	}
	return out
}

func TestRingSplitsEvenlyAndMovesLittle(t *testing.T) {
	t.Parallel()
	three, two := newRing(members(3)), newRing(members(2))
	const ids = 30_000
	owned, moved := map[string]int{}, 0
	for i := range ids {
		id := strconv.Itoa(i)
		before, after := three.owner("user", id), two.owner("user", id)
		owned[before]++
		if before != after {
			moved++
			require.Equal(t, "10.0.0.3:9000", before, "only what the lost member owned moves")
		}
	}
	require.Len(t, owned, 3)
	for _, n := range owned {
		require.InDelta(t, ids/3, n, ids/30)
	}
	require.Equal(t, owned["10.0.0.3:9000"], moved)
	require.Empty(t, three.owner("other", "1"))
	require.Empty(t, newRing(nil).owner("user", "1"))
}
