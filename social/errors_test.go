package social_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func TestEveryCodeIsUniqueAndWellFormed(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[social.Code]bool{}
	for _, code := range social.Codes() {
		require.Regexp(t, form, string(code))
		require.False(t, seen[code], "%s is listed twice", code)
		seen[code] = true
	}
}

func TestErrorIsComparesCodesOfBarePatterns(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("while swiping: %w", &social.Error{Code: social.CodeUnavailable, Message: "Later.", Cause: io.EOF})

	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
	require.NotErrorIs(t, err, &social.Error{Code: social.CodeTimeout})
	require.NotErrorIs(t, err, &social.Error{Code: social.CodeUnavailable, Message: "Never."}, "a pattern with a message is no pattern")
	require.ErrorIs(t, err, io.EOF, "the cause stays reachable")
}

func TestAsErrorNeverLeaksAnUnknownCause(t *testing.T) {
	t.Parallel()
	require.Nil(t, social.AsError(nil))
	require.Empty(t, social.CodeOf(nil))

	known := social.Errorf(social.CodeNotFriends, "You are not friends with user %d.", 7)
	require.Same(t, known, social.AsError(fmt.Errorf("wrapped: %w", known)))
	require.Equal(t, social.CodeNotFriends, social.CodeOf(known))

	unknown := errors.New("dial tcp 10.0.0.7:5432: connection refused")
	got := social.AsError(unknown)
	require.Equal(t, social.CodeInternal, got.Code)
	require.NotContains(t, got.Message, "10.0.0.7")
	require.ErrorIs(t, got, unknown)
	require.Contains(t, got.Error(), "10.0.0.7", "the log sees the cause")
}
