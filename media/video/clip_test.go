package video_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testvideo"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/social"
)

// What a transcoder leaves of the original's secrets is gone, and the video plays.
func TestAClipTellsNothingOfItself(t *testing.T) {
	t.Parallel()
	data := testvideo.MP4(t, 1, 320, 180)
	const uuid = "\x00\x00\x00\x24uuid0123456789abcdefsecret notes"
	data = append(data, uuid...)
	before, frames := len(data), decoded(t, data)
	require.Contains(t, string(data), testvideo.Secret)
	clip, err := video.NewClip("7", data, []byte("poster"))
	require.NoError(t, err)
	require.NotContains(t, string(clip.Data), testvideo.Secret)
	require.NotContains(t, string(clip.Data), "secret")
	require.Len(t, clip.Data, before, "nothing moves")
	require.Equal(t, frames, decoded(t, clip.Data), "every frame is what it was")
	require.Equal(t, [2]int{320, 180}, [2]int{clip.Width, clip.Height})
	require.Equal(t, "poster", string(clip.Poster))
}

func TestWhatIsNoClip(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"another container": testvideo.WebM(t, 1, 64, 64), "nothing": nil, "too long": testvideo.MP4(t, 17, 64, 64),
	} {
		_, err := video.NewClip("7", data, nil)
		require.Equal(t, social.CodeImageInvalid, social.CodeOf(err), "%s: %v", name, err)
	}
}

// decoded gives the checksum of every frame and sound.
func decoded(t *testing.T, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "film")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	out, err := exec.CommandContext(t.Context(), testvideo.Program(t), "-v", "error", "-i", file, "-f", "framemd5", "-").Output()
	require.NoError(t, err)
	require.Greater(t, strings.Count(string(out), "\n"), 10)
	return string(out)
}
