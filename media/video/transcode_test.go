package video_test

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testvideo"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/social"
)

func transcoder(t *testing.T, o video.Options) *video.Transcoder {
	t.Helper()
	o.Program, o.Dir = testvideo.Program(t), t.TempDir()
	tr, err := video.NewTranscoder(t.Context(), o)
	require.NoError(t, err)
	return tr
}

func TestVideosAreMadeAnew(t *testing.T) {
	t.Parallel()
	tr := transcoder(t, video.Options{})
	for kind, c := range map[string]struct {
		original      []byte
		width, height int
	}{
		"mp4":     {testvideo.MP4(t, 1, 1920, 1080), 1280, 720},
		"webm":    {testvideo.WebM(t, 1, 320, 180), 320, 180},
		"upright": {testvideo.MP4(t, 1, 240, 426), 240, 426},
	} {
		clip, err := tr.Transcode(t.Context(), "7", c.original)
		require.NoError(t, err, kind)
		require.Equal(t, [2]int{c.width, c.height}, [2]int{clip.Width, clip.Height}, kind)
		require.InDelta(t, time.Second, clip.Duration, float64(200*time.Millisecond), kind)
		header, err := video.Measure(clip.Data)
		require.NoError(t, err, kind)
		require.Equal(t, video.MP4, header.Format, kind)
		require.Equal(t, [2]int{header.Width, header.Height}, [2]int{clip.Width, clip.Height}, kind)
		require.Equal(t, header.Duration, clip.Duration, kind)
		require.Regexp(t, `^videos/[0-9a-f]{2}/[0-9a-f]{32}\.mp4$`, string(clip.Key))
		require.NoError(t, clip.Key.Check())
		require.NotContains(t, string(clip.Data), testvideo.Secret, kind)
		poster, err := png.DecodeConfig(bytes.NewReader(clip.Poster))
		require.NoError(t, err, kind)
		require.Equal(t, [2]int{clip.Width, clip.Height}, [2]int{poster.Width, poster.Height}, kind)

		again, err := tr.Transcode(t.Context(), "7", c.original)
		require.NoError(t, err)
		require.Equal(t, clip.Key, again.Key, "%s: the same again", kind)
		other, err := tr.Transcode(t.Context(), "8", c.original)
		require.NoError(t, err)
		require.NotEqual(t, clip.Key, other.Key, kind)
	}
	require.Contains(t, string(testvideo.MP4(t, 1, 64, 64)), testvideo.Secret, "the test looks for what is not there")
}

func TestVideosThatCannotBeRead(t *testing.T) {
	t.Parallel()
	good := testvideo.MP4(t, 1, 320, 240)
	whole := transcoder(t, video.Options{})
	hurried := transcoder(t, video.Options{Timeout: time.Millisecond})
	for name, c := range map[string]struct {
		tr    *video.Transcoder
		bytes []byte
		code  social.Code
	}{
		"no frames":  {whole, film("isom", 1, 1), social.CodeImageInvalid},
		"a playlist": {whole, []byte("#EXTM3U\nhttp://127.0.0.1/x"), social.CodeUnsupportedMedia},
		"too long":   {hurried, good, social.CodeImageInvalid},
	} {
		_, err := c.tr.Transcode(t.Context(), "7", c.bytes)
		require.Equal(t, c.code, social.CodeOf(err), "%s: %v", name, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := whole.Transcode(ctx, "7", good)
	require.Equal(t, social.CodeTimeout, social.CodeOf(err))
}

func TestNoProgram(t *testing.T) {
	t.Parallel()
	_, err := video.NewTranscoder(t.Context(), video.Options{Program: filepath.Join(t.TempDir(), "none"), Dir: t.TempDir()})
	require.ErrorIs(t, err, video.ErrNoProgram)
	other, err := exec.LookPath("true")
	require.NoError(t, err)
	_, err = video.NewTranscoder(t.Context(), video.Options{Program: other, Dir: t.TempDir()})
	require.ErrorIs(t, err, video.ErrNoProgram, "another program")
}

func TestOriginalsDoNotStay(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tmp", "video")
	for _, name := range []string{"video-1", "video-2"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "in"), []byte("of somebody"), 0o600))
	}
	old := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "video-1"), old, old))
	tr, err := video.NewTranscoder(t.Context(), video.Options{Program: testvideo.Program(t), Dir: dir})
	require.NoError(t, err)
	for _, original := range [][]byte{testvideo.MP4(t, 1, 64, 64), film("isom", 1, 1)} {
		_, _ = tr.Transcode(t.Context(), "7", original) // one way or the other
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, "video-2", left[0].Name(), "another process may be working at it")
}
