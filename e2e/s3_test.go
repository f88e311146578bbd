package e2e_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media/mediatest/fakes3"
)

// TestAPictureInS3 has a picture published through us and one that its client sends to
// S3 by itself: three sizes each, of which nothing tells where they were taken.
func TestAPictureInS3(t *testing.T) {
	t.Parallel()
	fake, err := fakes3.New(fakes3.Options{
		AccessKey: "test-access", SecretKey: "test-secret", Bucket: "pictures", PrivateBucket: "staged", Now: time.Now,
	})
	require.NoError(t, err)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	query := url.Values{
		"region": {"cn-north-1"}, "domain": {server.URL + "/pictures"}, "private_bucket": {"staged"}, "path_style": {"true"}, "insecure": {"true"},
	}
	p := start(t, startOptions{flags: []string{
		"--data.dir", t.TempDir(), "--demo",
		"--media.store", "s3://test-access:test-secret@" + strings.TrimPrefix(server.URL, "http://") + "/pictures?" + query.Encode(),
	}})
	c := uploader(t, p, 1)
	published := func(accepted answer) pictured {
		t.Helper()
		state, failure, result := c.task(t, accepted)
		require.Equal(t, "done", state, "%s\n%s", failure, p.logs)
		require.Equal(t, result, c.me(t))
		require.True(t, strings.HasPrefix(result.URL, server.URL+"/pictures/"), result.URL)
		got := c.get(t, result.URL)
		require.Equal(t, http.StatusOK, got.status)
		require.Contains(t, got.header.Get("Cache-Control"), "immutable")
		require.NotContains(t, string(got.body), "GPS-SECRET-PLACE")
		return result
	}
	through := published(c.send(t, "image/jpeg", bytes.NewReader(photo(t, 1))))

	permit := c.open(t)
	permit.Fields["Content-Type"] = "image/jpeg" // S3's policies know but one beginning of types
	require.Less(t, c.post(t, permit, photo(t, 2)), http.StatusMultipleChoices)
	direct := published(c.call(t.Context(), http.MethodPost, "/v1/uploads/"+permit.UploadID+"/complete", nil))
	require.NotEqual(t, through.URL, direct.URL)
}
