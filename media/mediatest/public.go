package mediatest

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
)

func publicCases() []testCase {
	return []testCase{
		{"everybody reads public objects", publicIsPublic},
		{"nobody reads private objects", privateIsPrivate},
		{"a CDN is told what to fetch and to forget", cdn},
	}
}

// client keeps no connection, so that no goroutine outlives a test.
func client() *http.Client { return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} }

func get(t *testing.T, url string) (status int, h http.Header, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := client().Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }() // read, and done with
	body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header, body
}

func publicIsPublic(t *testing.T, b Backend) {
	put(t, b, "pictures/aa/one.png", Picture(1, 1000))
	status, h, body := get(t, b.Store.URL("pictures/aa/one.png"))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, Picture(1, 1000), body)
	require.Equal(t, pngType, h.Get("Content-Type"))
	if !b.CachedElsewhere {
		require.Equal(t, media.CacheControl, h.Get("Cache-Control"))
	}
	status, _, _ = get(t, b.Store.URL("pictures/aa/two.png"))
	require.Equal(t, http.StatusNotFound, status)
}

func privateIsPrivate(t *testing.T, b Backend) {
	key := media.Staged("upload")
	put(t, b, key, Picture(1, 1000))
	require.Empty(t, b.Store.URL(key))
	status, _, body := get(t, b.Guess(key))
	require.GreaterOrEqual(t, status, 400)
	require.NotContains(t, string(body), "IHDR")
}

func cdn(t *testing.T, b Backend) {
	put(t, b, "pictures/aa/one.png", Picture(1, 1000))
	require.NoError(t, b.Store.Prefetch(t.Context(), "pictures/aa/one.png"))
	require.NoError(t, b.Store.Prefetch(t.Context()))
	require.NoError(t, b.Store.Delete(t.Context(), "pictures/aa/one.png"))
	require.NoError(t, b.Store.Refresh(t.Context(), "pictures/aa/one.png"))
	require.NoError(t, b.Store.Refresh(t.Context()))
}
