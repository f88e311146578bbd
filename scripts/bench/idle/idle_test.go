package idle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/bench/idle"
)

// People who have swiped more take more memory, about four bytes for each swipe.
func TestMeasure(t *testing.T) { //nolint:paralleltest // it measures the heap, which all tests share
	const people = 2000
	few, err := idle.Measure(t.Context(), people, 100)
	require.NoError(t, err)
	require.Equal(t, people, few.Users)
	require.Greater(t, few.HeapBytes, 500.0)
	many, err := idle.Measure(t.Context(), people, 4000)
	require.NoError(t, err)
	require.InDelta(t, 4*3900, many.HeapBytes-few.HeapBytes, 4000)
}
