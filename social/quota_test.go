package social_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	require.True(t, social.NoLimit.None())
	require.False(t, social.Limit(0).None(), "0 means not allowed, which is a limit")
	require.Equal(t, 2, social.Limit(3).Left(1))
	require.Equal(t, 0, social.Limit(3).Left(3))
	require.Equal(t, 0, social.Limit(3).Left(9), "a limit that was lowered leaves nothing, never less")
}

func TestQuotaExceeded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 20, 0, 0, 0, time.UTC)
	codes := map[social.Action]social.Code{
		social.ActionRewind:    social.CodeRewindQuotaExceeded,
		social.ActionLike:      social.CodeLikeQuotaExceeded,
		social.ActionSuperlike: social.CodeSuperlikeQuotaExceeded,
	}
	require.Len(t, codes, len(social.Actions()))
	for _, action := range social.Actions() {
		err := social.QuotaExceeded(action, now, now.Add(4*time.Hour))
		require.Equal(t, codes[action], err.Code)
		require.Equal(t, 4*time.Hour, err.RetryAfter)
	}
	late := social.QuotaExceeded(social.ActionLike, now, now.Add(-time.Hour))
	require.Equal(t, time.Second, late.RetryAfter, "a wait is never none")
}
