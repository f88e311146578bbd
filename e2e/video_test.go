package e2e_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testvideo"
	"github.com/swiperhq/swiper/social"
)

type clip struct {
	VideoID   int64  `json:"video_id"`
	URL       string `json:"url"`
	PosterURL string `json:"poster_url"`
	Width     int    `json:"width"`
	Duration  int64  `json:"duration_ms"`
}

type clips struct{ Video, Pending *clip }

func (c *client) clips(t *testing.T, path string) (out clips) {
	t.Helper()
	say(t, c, http.MethodGet, path, nil).into(t, &out)
	return out
}

// film sends a video and waits until it is one.
func (c *client) film(t *testing.T, data []byte) ended {
	t.Helper()
	a := c.sendTo(t, http.MethodPut, "/v1/me/video", "video/mp4", bytes.NewReader(data))
	require.NoError(t, a.sound())
	state, failure, result := c.end(t, a)
	require.Equal(t, "done", state, failure)
	return result
}

func TestAVideoIsPublished(t *testing.T) {
	t.Parallel()
	testvideo.Program(t)
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: append(s.flags(t), "--demo")})
			c, other := uploader(t, p, 1), uploader(t, p, 2)
			require.Nil(t, c.clips(t, "/v1/me/video").Video)
			original := testvideo.MP4(t, 1, 1920, 1080)
			require.Contains(t, string(original), testvideo.Secret)
			result := c.film(t, original)
			require.Equal(t, "approved", result.State)
			own := c.clips(t, "/v1/me/video")
			require.Equal(t, result.VideoID, own.Video.VideoID)
			require.Equal(t, own.Video, other.clips(t, "/v1/users/1/video").Video)
			require.Equal(t, 1280, own.Video.Width)
			require.InDelta(t, 1000, own.Video.Duration, 200)
			got := c.get(t, own.Video.URL)
			require.Equal(t, http.StatusOK, got.status)
			require.Equal(t, "video/mp4", got.header.Get("Content-Type"))
			require.Contains(t, got.header.Get("Cache-Control"), "immutable")
			require.NotContains(t, string(got.body), testvideo.Secret)
			got = c.get(t, own.Video.PosterURL)
			require.Equal(t, http.StatusOK, got.status)
			require.Equal(t, "image/jpeg", got.header.Get("Content-Type"))
			require.Empty(t, c.me(t).URL, "it is no photo")
			require.Empty(t, c.shots(t, mine))

			next := c.film(t, testvideo.WebM(t, 1, 320, 240))
			require.Equal(t, next.VideoID, other.clips(t, "/v1/users/1/video").Video.VideoID)
			require.Equal(t, http.StatusNoContent, say(t, c, http.MethodDelete, "/v1/me/video", nil).status)
			require.Nil(t, other.clips(t, "/v1/users/1/video").Video)
			bad := c.sendTo(t, http.MethodPut, "/v1/me/video", "video/mp4", bytes.NewReader(testvideo.MP4(t, 17, 64, 64)))
			require.Equal(t, social.CodeImageInvalid, bad.code(), "17 seconds")
		})
	}
}

func TestVideosAreRefusedWhereNobodyTranscodes(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--data.dir", t.TempDir(), "--demo", "--media.ffmpeg", "no-such-program"}})
	c := uploader(t, p, 1)
	a := c.sendTo(t, http.MethodPut, "/v1/me/video", "video/mp4", bytes.NewReader([]byte("anything")))
	require.NoError(t, a.sound())
	require.Equal(t, http.StatusUnprocessableEntity, a.status)
	require.Equal(t, social.CodeVideoUnsupported, a.code())
	a = say(t, c, http.MethodPost, "/v1/uploads", map[string]any{"purpose": "video"})
	require.Equal(t, social.CodeVideoUnsupported, a.code(), string(a.body))
	require.Nil(t, c.clips(t, "/v1/me/video").Video)
}
