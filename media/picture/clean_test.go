package picture_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestThreeSizesAreMadeAndNoneIsEnlarged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		w, h int
		want string
	}{
		{4000, 3000, "1280x960 640x480 160x120"},
		{3000, 4000, "960x1280 480x640 120x160"},
		{1280, 1280, "1280x1280 640x640 160x160"},
		{1000, 500, "1000x500 640x320 160x80"},
		{300, 200, "300x200 300x200 160x107"},
		{100, 80, "100x80 100x80 100x80"},
		{1, 1, "1x1 1x1 1x1"},
		{8000, 2, "1280x1 640x1 160x1"},
		{2, 8000, "1x1280 1x640 1x160"},
	} {
		for kind, b := range map[string][]byte{"jpeg": asJPEG(t, corners(c.w, c.h)), "png": asPNG(t, corners(c.w, c.h))} {
			s, err := cleaner().Clean(t.Context(), "7", b)
			require.NoError(t, err)
			got := fmt.Sprintf("%dx%d %dx%d %dx%d", s.Large.Width, s.Large.Height, s.Medium.Width, s.Medium.Height, s.Small.Width, s.Small.Height)
			require.Equal(t, c.want, got, "%s of %d × %d", kind, c.w, c.h)
			require.NotEmpty(t, s.BlurHash)
			for _, p := range s.All() {
				require.NoError(t, p.Key.Check())
				require.False(t, p.Key.Private())
				img := seen(t, p)
				if min(c.w, c.h) >= 80 {
					require.Equal(t, [4]string{"red", "green", "blue", "white"}, read(img), "%s of %d × %d", kind, c.w, c.h)
				}
			}
		}
	}
}

func TestKeysComeFromContentAndOwner(t *testing.T) {
	t.Parallel()
	b := asJPEG(t, corners(1500, 1000))
	one, err := cleaner().Clean(t.Context(), "7", b)
	require.NoError(t, err)
	again, err := cleaner().Clean(t.Context(), "7", withEXIF(b, 1))
	require.NoError(t, err)
	require.Equal(t, one, again, "what is stripped has no say")
	other, err := cleaner().Clean(t.Context(), "8", b)
	require.NoError(t, err)
	require.Equal(t, one.Large.Data, other.Large.Data)
	require.NotEqual(t, one.Large.Key, other.Large.Key)
	require.Len(t, one.All(), 3)
	require.Regexp(t, `^pictures/[0-9a-f]{2}/[0-9a-f]{32}\.jpg$`, string(one.Large.Key))

	little, err := cleaner().Clean(t.Context(), "7", asPNG(t, corners(100, 100)))
	require.NoError(t, err)
	require.Len(t, little.All(), 1, "three sizes that are one")
}

func TestOrientationIsAppliedAndForgotten(t *testing.T) {
	t.Parallel()
	// What is seen of red, green, blue, white once turned.
	want := map[uint16][4]string{
		0: {"red", "green", "blue", "white"}, 1: {"red", "green", "blue", "white"}, 2: {"green", "red", "white", "blue"},
		3: {"white", "blue", "green", "red"}, 4: {"blue", "white", "red", "green"}, 5: {"red", "blue", "green", "white"},
		6: {"blue", "red", "white", "green"}, 7: {"white", "green", "blue", "red"}, 8: {"green", "white", "red", "blue"},
		9: {"red", "green", "blue", "white"}, 65535: {"red", "green", "blue", "white"},
	}
	for orientation, colours := range want {
		s, err := cleaner().Clean(t.Context(), "7", withEXIF(asJPEG(t, corners(400, 200)), orientation))
		require.NoError(t, err)
		for _, p := range s.All() {
			require.Equal(t, colours, read(seen(t, p)), "orientation %d", orientation)
			require.Equal(t, orientation >= 5 && orientation <= 8, p.Height > p.Width, "orientation %d", orientation)
		}
	}
}

func TestNothingOfTheOriginalButItsColoursIsPublished(t *testing.T) {
	t.Parallel()
	plain := asJPEG(t, corners(400, 200))
	loaded := withEXIF(plain, 6)
	loaded = withSegment(loaded, 0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>SECRETXMP</x:xmpmeta>"))
	loaded = withSegment(loaded, 0xed, []byte("Photoshop 3.0\x008BIM\x04\x04SECRETIPTC"))
	loaded = withSegment(loaded, 0xfe, []byte("SECRETCOMMENT"))
	loaded = append(loaded, "PK\x03\x04SECRETZIP<script>alert(1)</script>"...)
	text := asPNG(t, corners(400, 200))
	text = append(bytes.Clone(text[:33]), append(chunk("tEXt", []byte("Comment\x00SECRETTEXT")), append(chunk("eXIf", exif(6)), text[33:]...)...)...)
	for name, b := range map[string][]byte{"jpeg": loaded, "png": text} {
		require.Contains(t, string(b), "CAMERACO!", name)
		s, err := cleaner().Clean(t.Context(), "7", b)
		require.NoError(t, err, name)
		require.Greater(t, s.Large.Height, s.Large.Width, "its metadata was read: %s", name)
		for _, p := range s.All() {
			for _, trace := range []string{"Exif", "CAMERACO", "SECRET", "PK\x03\x04", "script", "II*\x00", "http", "8BIM"} {
				require.NotContains(t, string(p.Data), trace, name)
			}
			require.Equal(t, "\xff\xd9", string(p.Data[len(p.Data)-2:]), "nothing follows the end")
		}
	}
}

func TestWhatIsTransparentBecomesWhite(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 200, 200))
	for y := range 200 {
		for x := range 100 {
			img.SetNRGBA(x, y, color.NRGBA{255, 0, 0, 255})
		}
	}
	s, err := cleaner().Clean(t.Context(), "7", asPNG(t, img))
	require.NoError(t, err)
	require.Equal(t, [4]string{"red", "white", "red", "white"}, read(seen(t, s.Large)))
}

func TestOtherColourModels(t *testing.T) {
	t.Parallel()
	grey := image.NewGray(image.Rect(0, 0, 300, 300))
	deep := image.NewNRGBA64(image.Rect(0, 0, 300, 300))
	for i := range grey.Pix {
		grey.Pix[i] = 255
	}
	for i := range deep.Pix {
		deep.Pix[i] = 255
	}
	palette := image.NewPaletted(image.Rect(0, 0, 300, 300), color.Palette{color.White, color.Black})
	for name, b := range map[string][]byte{
		"grey jpeg": asJPEG(t, grey), "grey png": asPNG(t, grey), "16 bits": asPNG(t, deep), "palette": asPNG(t, palette),
	} {
		s, err := cleaner().Clean(t.Context(), "7", b)
		require.NoError(t, err, name)
		require.Equal(t, "white", nameOf(seen(t, s.Small).At(10, 10)), name)
	}
}

func TestACallersEndIsNotThePicturesFault(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := cleaner().Clean(ctx, "7", asJPEG(t, corners(400, 200)))
	require.Equal(t, social.CodeTimeout, social.CodeOf(err))
	_, err = picture.NewCleaner(picture.Options{Timeout: 1}).Clean(t.Context(), "7", asJPEG(t, corners(400, 200)))
	require.Equal(t, social.CodeImageInvalid, social.CodeOf(err), "one that takes too long by itself stays so")
}

func TestFewPicturesAreDecodedAtATime(t *testing.T) {
	t.Parallel()
	c := picture.NewCleaner(picture.Options{AtOnce: 2})
	b := asJPEG(t, corners(400, 200))
	c.Occupy()
	_, err := c.Clean(t.Context(), "7", b)
	require.NoError(t, err)
	free := c.Occupy()
	waiting, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Clean(waiting, "7", b)
	require.Equal(t, social.CodeTimeout, social.CodeOf(err), "a third waits as long as its caller does")
	_, err = c.Clean(waiting, "7", huge(20_000, 20_000))
	require.Equal(t, social.CodeImageInvalid, social.CodeOf(err), "what need not be decoded need not wait")
	free()
	_, err = c.Clean(t.Context(), "7", b)
	require.NoError(t, err)
}

// Not parallel: it measures what this process allocates.
func TestABombIsRefusedWithoutItsMemory(t *testing.T) { //nolint:paralleltest // see above
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := cleaner().Clean(t.Context(), "7", huge(20_000, 20_000))
	runtime.ReadMemStats(&after)
	require.Equal(t, social.CodeImageInvalid, social.CodeOf(err))
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

func TestMessagesNameTheLimits(t *testing.T) {
	t.Parallel()
	_, err := picture.Measure(make([]byte, picture.MaxBytes+1))
	require.Equal(t, social.CodeUploadTooLarge, social.CodeOf(err))
	require.Contains(t, social.AsError(err).Message, "10 MiB")
	_, err = picture.Measure(huge(4001, 4000))
	require.Contains(t, social.AsError(err).Message, "16 million")
}
