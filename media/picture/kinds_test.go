package picture_test

import (
	"encoding/base64"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media/picture"
)

// flat writes a grey JPEG by hand, of a kind that Go reads but does not write:
// every coefficient is nought, so the data is noughts. frame is the marker of
// the frame (0xc0 in one pass, 0xc2 in several).
func flat(frame byte, components int) []byte {
	const side = 64
	b := []byte("\xff\xd8")
	segment := func(marker byte, payload ...byte) {
		b = append(b, 0xff, marker, 0, byte(len(payload)+2))
		b = append(b, payload...)
	}
	if components == 4 {
		segment(0xee, append([]byte("Adobe"), 0, 100, 0, 0, 0, 0, 0)...)
	}
	table := make([]byte, 65)
	for i := range table {
		table[i] = 1
	}
	table[0] = 0
	segment(0xdb, table...)
	header := []byte{8, 0, side, 0, side, byte(components)}
	scan := []byte{byte(components)}
	for i := range components {
		header = append(header, byte(i+1), 0x11, 0)
		scan = append(scan, byte(i+1), 0)
	}
	segment(frame, header...)
	oneCode := append([]byte{0, 1}, make([]byte, 15)...) // one code of one bit, for nought
	segment(0xc4, append(oneCode, 0)...)
	segment(0xc4, append(append([]byte{0x10}, oneCode[1:]...), 0)...)
	last := byte(63)
	if frame == 0xc2 {
		last = 0 // the pass of the averages only
	}
	segment(0xda, append(scan, 0, last, 0)...)
	blocks := components * (side / 8) * (side / 8)
	b = append(b, make([]byte, blocks/4+1)...)
	return append(b, 0xff, 0xd9)
}

func TestEveryKindThatIsTakenIsRead(t *testing.T) {
	t.Parallel()
	webp := func(s string) []byte {
		b, err := base64.StdEncoding.DecodeString(s)
		require.NoError(t, err)
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		side int
	}{
		"a JPEG in one pass":      {flat(0xc0, 1), 64},
		"a JPEG in several":       {flat(0xc2, 1), 64},
		"a JPEG of three colours": {flat(0xc0, 3), 64},
		"a JPEG of four inks":     {flat(0xc0, 4), 64},
		"a WebP without loss":     {webp("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="), 1},
		"a WebP with loss":        {webp("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"), 1},
	} {
		header, err := picture.Measure(c.b)
		require.NoError(t, err, name)
		require.Equal(t, c.side, header.Width, name)
		s, err := cleaner().Clean(t.Context(), "7", c.b)
		require.NoError(t, err, name)
		require.Equal(t, c.side, s.Large.Width, name)
		seen(t, s.Large)
	}
}

// photo is as hard to read and to write as what a camera makes: every pixel
// differs a little from its neighbours.
func photo(w, h int) image.Image {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range img.Y {
		x, y := i%img.YStride, i/img.YStride
		img.Y[i] = uint8(128 + 60*math.Sin(float64(x)/90) + 40*math.Cos(float64(y)/70) + random.Float64()*12)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = uint8(100+i%50), uint8(150-i/3000%50)
	}
	return img
}

func BenchmarkClean12MP(b *testing.B) {
	in := asJPEG(b, photo(4000, 3000))
	c := cleaner()
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := c.Clean(b.Context(), "7", in); err != nil {
			b.Fatal(err)
		}
	}
}
