package picture_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/social"
)

// bad lists inputs and the code each is refused with.
func bad(t testing.TB) map[string]struct {
	b    []byte
	code social.Code
} {
	t.Helper()
	type input = struct {
		b    []byte
		code social.Code
	}
	jpg, png := asJPEG(t, corners(400, 300)), asPNG(t, corners(400, 300))
	var anim bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.White, color.Black})
	require.NoError(t, gif.EncodeAll(&anim, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}))
	thumbnail := withSegment(jpg, 0xe1, append([]byte("Exif\x00\x00"), jpg[:2000]...))
	thumbnail = thumbnail[:2500] // the end of the thumbnail is not the end
	moving := append([]byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"), 1, 0, 0, 1, 0, 0, 'A', 'N', 'I', 'M', 0, 0, 0, 0)
	return map[string]input{
		"nothing":               {nil, social.CodeImageInvalid},
		"too many bytes":        {append(bytes.Clone(jpg), make([]byte, picture.MaxBytes)...), social.CodeUploadTooLarge},
		"html":                  {[]byte("<!doctype html><html><script>alert(1)</script></html>"), social.CodeUnsupportedMedia},
		"svg":                   {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), social.CodeUnsupportedMedia},
		"zip":                   {[]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), social.CodeUnsupportedMedia},
		"zip with a png behind": {append([]byte("PK\x03\x04\x14\x00"), png...), social.CodeUnsupportedMedia},
		"gif":                   {anim.Bytes(), social.CodeUnsupportedMedia},
		"moving webp":           {moving, social.CodeUnsupportedMedia},
		"heic":                  {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), social.CodeUnsupportedMedia},
		"one byte":              {[]byte{0xff}, social.CodeUnsupportedMedia},
		"jpeg's first bytes":    {jpg[:3], social.CodeImageInvalid},
		"png's first bytes":     {png[:8], social.CodeImageInvalid},
		"webp's first bytes":    {[]byte("RIFF\x10\x00\x00\x00WEBP"), social.CodeImageInvalid},
		"half a jpeg":           {jpg[:len(jpg)/2], social.CodeImageInvalid},
		"half a png":            {png[:len(png)/2], social.CodeImageInvalid},
		"a thumbnail's end":     {thumbnail, social.CodeImageInvalid},
		"png of no pixels":      {huge(0, 0), social.CodeImageInvalid},
		"png of 20,000²":        {huge(20_000, 20_000), social.CodeImageInvalid},
		"png of 2³¹":            {huge(1<<31-1, 1<<31-1), social.CodeImageInvalid},
		"png one row too high":  {huge(4000, 4001), social.CodeImageInvalid},
		"png without pixels":    {huge(100, 100), social.CodeImageInvalid},
	}
}

func TestBadInputHasItsCode(t *testing.T) {
	t.Parallel()
	for name, in := range bad(t) {
		_, err := cleaner().Clean(t.Context(), "7", in.b)
		require.Equal(t, in.code, social.CodeOf(err), "%s: %v", name, err)
		if name != "png without pixels" { // only decoding tells
			_, err = picture.Measure(in.b)
			require.Equal(t, in.code, social.CodeOf(err), "%s: %v", name, err)
		}
	}
}

func TestMeasureTellsWhatIsThere(t *testing.T) {
	t.Parallel()
	got, err := picture.Measure(withEXIF(asJPEG(t, corners(400, 300)), 6))
	require.NoError(t, err)
	require.Equal(t, picture.Header{Format: picture.JPEG, Width: 400, Height: 300}, got)
	got, err = picture.Measure(asPNG(t, corners(4000, 4000)))
	require.NoError(t, err, "16 million pixels are not too many")
	require.Equal(t, picture.Header{Format: picture.PNG, Width: 4000, Height: 4000}, got)
}

func FuzzClean(f *testing.F) {
	for _, in := range bad(f) {
		if len(in.b) < 1<<20 {
			f.Add(in.b)
		}
	}
	f.Add(asJPEG(f, corners(16, 16)))
	f.Add(withEXIF(asJPEG(f, corners(16, 8)), 6))
	f.Add(asPNG(f, corners(16, 16)))
	c := cleaner()
	f.Fuzz(func(t *testing.T, b []byte) {
		header, err := picture.Measure(b)
		if err == nil && header.Width*header.Height > 1<<20 {
			t.Skip("large pictures take too long to fuzz")
		}
		s, err := c.Clean(t.Context(), "7", b)
		if err != nil {
			switch social.CodeOf(err) { //nolint:exhaustive // the others are wrong
			case social.CodeImageInvalid, social.CodeUnsupportedMedia, social.CodeUploadTooLarge:
				return
			}
			t.Fatal(err)
		}
		for _, p := range s.All() {
			seen(t, p)
			if max(p.Width, p.Height) > picture.LargeSide {
				t.Fatalf("%d × %d published", p.Width, p.Height)
			}
		}
	})
}
