package media_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

func TestKeysThatNameSomethingElseAreRefused(t *testing.T) {
	t.Parallel()
	for _, good := range []media.Key{"a", "pictures/ab/0123.jpg", "private/staged/x_1-y", media.Key(strings.Repeat("a", 200)), "1/2/3/4/5/6/7/8"} {
		require.NoError(t, good.Check(), good)
	}
	for _, bad := range []media.Key{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.b", "A", "a b", "a\x00b", "a\\b", "a?b", "a#b", "a%2fb", "ä", "a:b",
		"http://x/y", media.Key(strings.Repeat("a", 201)), "1/2/3/4/5/6/7/8/9", "\xff",
	} {
		require.Equal(t, social.CodeInternal, social.CodeOf(bad.Check()), "%q", bad)
	}
}

func TestOnlyPrivateKeysArePrivate(t *testing.T) {
	t.Parallel()
	require.True(t, media.Staged("up_1").Private())
	require.NoError(t, media.Staged("up_1").Check())
	require.False(t, media.Key("pictures/private/x").Private())
	require.False(t, media.Key("privateer").Private())
}

func FuzzKeysStayInTheirFolder(f *testing.F) {
	f.Add("pictures/ab/0123.jpg")
	f.Add("a/../../etc/passwd")
	f.Fuzz(func(t *testing.T, s string) {
		if media.Key(s).Check() != nil {
			return
		}
		require.NotContains(t, s, "..", "even where it would be harmless: no segment begins with a dot")
		require.False(t, strings.HasPrefix(s, "/"))
		require.LessOrEqual(t, len(s), 200)
	})
}
