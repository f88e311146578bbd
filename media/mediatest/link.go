package mediatest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

func linkCases() []testCase {
	return []testCase{
		{"a link lets one private object be read for a while", linkReads},
		{"links without bounds are not given", linkRefused},
	}
}

// linkReads passes where a store has no links: what is to be opened is held to
// be read by the cases of objects.
func linkReads(t *testing.T, b Backend) {
	key := media.Exported("one")
	put(t, b, key, Picture(1, 1000))
	put(t, b, media.Exported("two"), Picture(2, 1000))
	link, err := b.Store.Link(t.Context(), key, "data.png", b.Now().Add(time.Minute))
	require.NoError(t, err)
	if link == "" {
		holds(t, b, key, Picture(1, 1000))
		return
	}
	status, h, body := get(t, link)
	require.Equal(t, http.StatusOK, status, "%s", body)
	require.Equal(t, Picture(1, 1000), body)
	require.Equal(t, `attachment; filename=data.png`, strings.ReplaceAll(h.Get("Content-Disposition"), `"`, ""))
	status, _, body = get(t, strings.Replace(link, "/one?", "/two?", 1))
	require.GreaterOrEqual(t, status, 400, "another object's")
	require.NotContains(t, string(body), "IHDR")
	b.Advance(2 * time.Minute)
	status, _, body = get(t, link)
	require.GreaterOrEqual(t, status, 400, "expired")
	require.NotContains(t, string(body), "IHDR")
}

func linkRefused(t *testing.T, b Backend) {
	for name, c := range map[string]struct {
		key  media.Key
		life time.Duration
	}{
		"public":       {"pictures/aa/one.png", time.Minute},
		"no key":       {"", time.Minute},
		"expired":      {media.Exported("one"), 0},
		"for too long": {media.Exported("one"), media.MaxLinkLife + time.Second},
	} {
		_, err := b.Store.Link(t.Context(), c.key, "data.png", b.Now().Add(c.life))
		require.Equal(t, social.CodeInternal, social.CodeOf(err), name)
	}
}
