package ending_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/internal/ending"
)

func TestStatusOf(t *testing.T) {
	t.Parallel()
	require.Equal(t, 0, ending.StatusOf(checker.Clean))
	require.Equal(t, 1, ending.StatusOf(checker.Broken))
	require.Equal(t, 2, ending.StatusOf(checker.Void))
	require.Equal(t, 2, ending.StatusOf("nobody knows"), "what nobody knows is not clean")
}

func TestRun(t *testing.T) {
	t.Parallel()
	var done []string
	status := ending.Run(func(ctx context.Context, haste *ending.Haste) int {
		haste.On(func() { done = append(done, "one") })
		haste.On(func() { done = append(done, "two") })
		haste.Abandon()
		require.NoError(t, ctx.Err())
		return 7
	}, func(int) { t.Error("nobody was in haste") })
	require.Equal(t, 7, status)
	require.Equal(t, []string{"one", "two"}, done)
}
