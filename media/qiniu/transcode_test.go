package qiniu_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testvideo"
	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
	"github.com/swiperhq/swiper/media/qiniu"
	"github.com/swiperhq/swiper/social"
)

// studio is what stands for Qiniu's processing: it makes the same film and frame
// of everything, and writes down what it was told.
type studio struct {
	mu       sync.Mutex
	film     []byte
	frame    []byte
	fails    int // so many times
	commands []string
}

func newStudio(t *testing.T) *studio {
	t.Helper()
	var frame bytes.Buffer
	require.NoError(t, png.Encode(&frame, image.NewGray(image.Rect(0, 0, 320, 180))))
	return &studio{film: testvideo.MP4(t, 1, 320, 180), frame: frame.Bytes()}
}

func (s *studio) process(command string, _ []byte) ([]byte, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, command)
	if s.fails > 0 {
		s.fails--
		return nil, "", errors.New("cannot decode")
	}
	if strings.HasPrefix(command, "vframe/png/offset/0") {
		return s.frame, "image/png", nil
	}
	return bytes.Clone(s.film), "video/mp4", nil
}

func at(b *bundle, timeout time.Duration) *qiniu.Transcoder {
	return b.store.Transcoder(qiniu.TranscoderOptions{Poll: time.Millisecond, Timeout: timeout})
}

func TestQiniuTranscodes(t *testing.T) {
	t.Parallel()
	b, s := setup(t), newStudio(t)
	b.process = s.process
	clip, err := at(b, 0).Transcode(t.Context(), "7", testvideo.WebM(t, 1, 1920, 1080))
	require.NoError(t, err)
	require.Equal(t, [2]int{320, 180}, [2]int{clip.Width, clip.Height}, "as what was made, not as what was asked for")
	require.InDelta(t, time.Second, clip.Duration, float64(200*time.Millisecond))
	require.Contains(t, string(s.film), testvideo.Secret)
	require.NotContains(t, string(clip.Data), testvideo.Secret, "whatever is left of it")
	require.Equal(t, s.frame, clip.Poster)
	require.Empty(t, b.fake.Keys("staged"), "nothing is left of the work")
	require.Empty(t, b.fake.Keys("pictures"))
	require.Len(t, s.commands, 2)
	require.Contains(t, s.commands[0], "/s/1280x1280/autoscale/1")
	require.Contains(t, s.commands[0], "/stripmeta/1")

	again, err := at(b, 0).Transcode(t.Context(), "7", testvideo.MP4(t, 1, 320, 180))
	require.NoError(t, err)
	require.Equal(t, clip.Key, again.Key)
	require.NotContains(t, s.commands[2], "/s/", "a small one is not made larger")
	other, err := at(b, 0).Transcode(t.Context(), "8", testvideo.MP4(t, 1, 320, 180))
	require.NoError(t, err)
	require.NotEqual(t, clip.Key, other.Key)
}

func TestQiniuTranscodesWithFaults(t *testing.T) {
	t.Parallel()
	original := testvideo.MP4(t, 1, 320, 180)
	for name, c := range map[string]struct {
		op    fakeqiniu.Operation
		fault fakeqiniu.Fault
		code  social.Code
	}{
		"away":                {fakeqiniu.Process, fakeqiniu.Unavailable, social.CodeUnavailable},
		"a lost answer":       {fakeqiniu.Process, fakeqiniu.LostAnswer, social.CodeUnavailable},
		"progress is away":    {fakeqiniu.Progress, fakeqiniu.Unavailable, social.CodeUnavailable},
		"denied":              {fakeqiniu.Process, fakeqiniu.Denied, social.CodeInternal},
		"it never ends":       {fakeqiniu.Progress, fakeqiniu.Hang, social.CodeTimeout},
		"it cannot be stored": {fakeqiniu.Upload, fakeqiniu.Unavailable, social.CodeUnavailable},
		"it cannot be read":   {fakeqiniu.Download, fakeqiniu.Unavailable, social.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.process = newStudio(t).process
			b.fake.Break(c.op, c.fault, c.fault) // the SDK asks twice
			_, err := at(b, 2*time.Second).Transcode(t.Context(), "7", original)
			require.Equal(t, c.code, social.CodeOf(err), "%v", err)
			require.Empty(t, b.fake.Keys("staged"))
			b.fake.Mend()
			_, err = at(b, 0).Transcode(t.Context(), "7", original)
			require.NoError(t, err)
		})
	}
}

func TestQiniuCannotTranscode(t *testing.T) {
	t.Parallel()
	original := testvideo.MP4(t, 1, 320, 180)
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		b, s := setup(t), newStudio(t)
		b.process, s.fails = s.process, 1
		_, err := at(b, 0).Transcode(t.Context(), "7", original)
		require.NoError(t, err)
		require.Len(t, s.commands, 3)
	})
	t.Run("ever", func(t *testing.T) {
		t.Parallel()
		b, s := setup(t), newStudio(t)
		b.process, s.fails = s.process, 100
		_, err := at(b, 0).Transcode(t.Context(), "7", original)
		require.Equal(t, social.CodeImageInvalid, social.CodeOf(err), "%v", err)
		require.Len(t, s.commands, 2)
		require.Empty(t, b.fake.Keys("staged"))
	})
	t.Run("since somebody at the same work has cleared it away", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.process = func(string, []byte) ([]byte, string, error) {
			for _, key := range b.fake.Keys("staged") {
				b.fake.Forget("staged", key)
			}
			return nil, "", errors.New("cannot read")
		}
		_, err := at(b, 0).Transcode(t.Context(), "7", original)
		require.NotEqual(t, social.CodeImageInvalid, social.CodeOf(err), "%v", err)
		require.Equal(t, social.CodeUnavailable, social.CodeOf(err), "%v", err)
	})
	t.Run("and gives what is none", func(t *testing.T) {
		t.Parallel()
		b, s := setup(t), newStudio(t)
		b.process, s.film = s.process, s.frame
		_, err := at(b, 0).Transcode(t.Context(), "7", original)
		require.Equal(t, social.CodeUnsupportedMedia, social.CodeOf(err), "%v", err)
	})
}
