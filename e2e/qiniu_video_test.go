package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testvideo"
	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
)

// processor does what Qiniu's processing does, as far as its commands are ours, but
// leaves what a video tells of itself in it.
func processor(t *testing.T) fakeqiniu.Processor {
	t.Helper()
	program := testvideo.Program(t)
	return func(command string, data []byte) ([]byte, string, error) {
		dir := t.TempDir()
		in, out, kind := filepath.Join(dir, "in"), filepath.Join(dir, "out.mp4"), "video/mp4"
		args := []string{"-nostdin", "-v", "error", "-i", in, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"}
		if strings.Contains(command, "/s/1280x1280/autoscale/1") {
			args = append(args, "-vf", "scale=1280:1280:force_original_aspect_ratio=decrease:force_divisible_by=2")
		}
		if strings.HasPrefix(command, "vframe/png/offset/0") {
			out, kind = filepath.Join(dir, "out.png"), "image/png"
			args = []string{"-nostdin", "-v", "error", "-i", in, "-frames:v", "1", "-update", "1"}
		}
		if err := os.WriteFile(in, data, 0o600); err != nil {
			return nil, "", err
		}
		if err := exec.CommandContext(t.Context(), program, append(args, out)...).Run(); err != nil {
			return nil, "", err
		}
		made, err := os.ReadFile(out)
		return made, kind, err
	}
}

// Where Qiniu is the store it transcodes, and nodes need no ffmpeg; also through a
// kill in the middle of it, and for a video that goes there by itself.
func TestAVideoInTheCloud(t *testing.T) {
	t.Parallel()
	cloud := newCloud(t, processor(t))
	flags := append(cloud.flags, "--media.ffmpeg", "no-such-program")
	p := start(t, startOptions{flags: flags})
	c := uploader(t, p, 1)
	original := testvideo.MP4(t, 1, 1920, 1080)
	require.Contains(t, string(original), testvideo.Secret)
	published := func(of ended) {
		t.Helper()
		own := c.clips(t, "/v1/me/video").Video
		require.Equal(t, of.VideoID, own.VideoID)
		require.Equal(t, 1280, own.Width)
		require.True(t, strings.HasPrefix(own.URL, cloud.url+"/io/public/videos/"), own.URL)
		require.NotContains(t, string(c.get(t, own.URL).body), testvideo.Secret)
		require.Equal(t, http.StatusOK, c.get(t, own.PosterURL).status)
		require.Empty(t, cloud.Keys("private"), "nothing stays there")
	}
	published(c.film(t, original))

	cloud.Break(fakeqiniu.Progress, fakeqiniu.Hang)
	asked := cloud.Calls(fakeqiniu.Progress)
	a := c.sendTo(t, http.MethodPut, "/v1/me/video", "video/mp4", bytes.NewReader(original))
	require.NoError(t, a.sound())
	require.Eventually(t, func() bool { return cloud.Calls(fakeqiniu.Progress) > asked }, time.Minute, 10*time.Millisecond, "%s", p.logs)
	require.NotEmpty(t, cloud.Keys("private"))
	p.kill()
	p = start(t, startOptions{flags: flags})
	c.base = p.HTTP
	state, failure, result := c.end(t, a)
	require.Equal(t, "done", state, "%s\n%s", failure, p.logs)
	published(result)

	var permit permit
	say(t, c, http.MethodPost, "/v1/uploads", map[string]any{"purpose": "video"}).into(t, &permit)
	require.Equal(t, http.StatusOK, c.post(t, permit, testvideo.WebM(t, 1, 1920, 1080)))
	a = c.call(t.Context(), http.MethodPost, "/v1/uploads/"+permit.UploadID+"/complete", nil)
	state, failure, result = c.end(t, a)
	require.Equal(t, "done", state, "%s\n%s", failure, p.logs)
	published(result)
}
