// Package testvideo makes videos for tests, with the machine's ffmpeg. Where there
// is none the test is skipped with a line that says so; where CI is "true" it fails
// instead.
package testvideo

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Secret is in every video that this package makes, as the place it was taken at.
const Secret = "GPS-SECRET-PLACE"

// Program gives the path of ffmpeg.
func Program(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		tb.Fatal("ffmpeg must be installed in CI: nothing is tested with it otherwise")
	}
	tb.Skip("skipped: there is no ffmpeg here, so no video was transcoded")
	return ""
}

// MP4 makes one with sound, of so many seconds and pixels.
func MP4(tb testing.TB, seconds, width, height int) []byte {
	tb.Helper()
	return encode(tb, "mp4", seconds, width, height, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
}

// WebM makes one with sound, of so many seconds and pixels.
func WebM(tb testing.TB, seconds, width, height int) []byte {
	tb.Helper()
	return encode(tb, "webm", seconds, width, height, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis")
}

func encode(tb testing.TB, format string, seconds, width, height int, codecs ...string) []byte {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), "video."+format)
	length := strconv.Itoa(seconds)
	args := append([]string{
		"-nostdin", "-v", "error",
		"-f", "lavfi", "-i", "testsrc=size=" + strconv.Itoa(width) + "x" + strconv.Itoa(height) + ":rate=10:duration=" + length,
		"-f", "lavfi", "-i", "sine=duration=" + length,
		"-pix_fmt", "yuv420p", "-metadata", "title=" + Secret, "-metadata", "comment=" + Secret,
	}, codecs...)
	said, err := exec.CommandContext(tb.Context(), Program(tb), append(args, "-y", out)...).CombinedOutput() //nolint:gosec // tests say which video they want
	require.NoError(tb, err, string(said))
	made, err := os.ReadFile(out) //nolint:gosec // it was written above
	require.NoError(tb, err)
	return made
}
