package video_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testvideo"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/social"
)

// acting is a program that passes for ffmpeg until it is to work.
func acting(t *testing.T, act string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ffmpeg")
	script := "#!/bin/sh\ncase \"$*\" in *-encoders*) echo ' V....D libx264 H.264'; exit;; esac\n" + act + "\n"
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
	return path
}

// Not parallel: what another test begins meanwhile would hold a script that is
// being written, and what is being written cannot be run.
func TestOnlyVideosThatCannotBeReadAreRefused(t *testing.T) { //nolint:paralleltest // see above
	const noisy = "i=0; while [ $i -lt 500 ]; do echo 'error while decoding MB 12 9' >&2; i=$((i+1)); done\n"
	for act, code := range map[string]social.Code{
		"exit 126":   social.CodeUnavailable,
		"exit 127":   social.CodeUnavailable,
		"rm \"$0\"":  social.CodeUnavailable, // and a second run finds none
		"kill -9 $$": social.CodeUnavailable,
		"exit 255":   social.CodeUnavailable, // told to stop
		"exit 228":   social.CodeUnavailable,
		noisy + "echo 'out.mp4: No space left on device' >&2; exit 1": social.CodeUnavailable,
		"exit 1":          social.CodeImageInvalid,
		"exit 183":        social.CodeImageInvalid,
		"kill -s ABRT $$": social.CodeImageInvalid,
		noisy + "exit 1":  social.CodeImageInvalid,
	} {
		tr, err := video.NewTranscoder(t.Context(), video.Options{Program: acting(t, act), Dir: t.TempDir()})
		require.NoError(t, err, act)
		_, err = tr.Transcode(t.Context(), "7", film("isom", 1, 1))
		require.Equal(t, code, social.CodeOf(err), "%s: %v", act, err)
		require.Equal(t, code == social.CodeUnavailable, media.Passing(err), act)
	}
}

// A program that has no room to begin with says nothing about the video; one that
// runs out of room over a video does.
func TestVideosThatTakeTooMuchMemoryAreRefused(t *testing.T) {
	t.Parallel()
	const step = 32 << 20
	large := testvideo.MP4(t, 1, 4096, 2304)
	_, err := transcoder(t, video.Options{Memory: step}).Transcode(t.Context(), "7", large)
	require.Equal(t, social.CodeUnavailable, social.CodeOf(err), err)
	for memory := int64(2 * step); social.CodeOf(err) == social.CodeUnavailable; memory += step {
		_, err = transcoder(t, video.Options{Memory: memory}).Transcode(t.Context(), "7", large)
	}
	require.Equal(t, social.CodeImageInvalid, social.CodeOf(err), err)
}
