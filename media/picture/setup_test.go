package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media/picture"
)

// corners is a picture whose four quarters are, as one reads, red, green, blue
// and white.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [4]color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}[2*(2*y/h)+2*x/w]
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// exif is metadata with an orientation, a place (31° 13' 48" N) and a camera.
func exif(orientation uint16) []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x08\x00\x00\x00")
	b = le.AppendUint16(b, 3)
	entry := func(tag, kind uint16, count, value uint32) {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, count)
		b = le.AppendUint32(b, value)
	}
	const ascii, short, long, rational = 2, 3, 4, 5
	entry(0x010f, ascii, 10, 50)                 // the camera's maker
	entry(0x0112, short, 1, uint32(orientation)) // the orientation
	entry(0x8825, long, 1, 60)                   // where the place is
	b = le.AppendUint32(b, 0)
	b = append(b, "CAMERACO!\x00"...) // 50
	b = le.AppendUint16(b, 1)         // 60
	entry(2, rational, 3, 78)
	b = le.AppendUint32(b, 0)
	for _, v := range []uint32{31, 1, 13, 1, 48, 1} { // 78
		b = le.AppendUint32(b, v)
	}
	return b
}

func withSegment(jpg []byte, marker byte, payload []byte) []byte {
	out := []byte{0xff, 0xd8, 0xff, marker}
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2))
	return append(append(out, payload...), jpg[2:]...)
}

func withEXIF(jpg []byte, orientation uint16) []byte {
	return withSegment(jpg, 0xe1, append([]byte("Exif\x00\x00"), exif(orientation)...))
}

func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// huge is the header of a PNG that claims to be of w × h pixels, and an end.
func huge(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32(nil, w)
	header = binary.BigEndian.AppendUint32(header, h)
	header = append(header, 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header)...)
	return append(append(b, chunk("IDAT", []byte{0x78, 0x9c, 1, 0, 0, 0xff, 0xff})...), chunk("IEND", nil)...)
}

func cleaner() *picture.Cleaner { return picture.NewCleaner(picture.Options{}) }

// seen gives what a published picture shows.
func seen(t testing.TB, p picture.Picture) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(p.Data))
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, p.Width, p.Height), img.Bounds())
	return img
}

// nameOf tells which of the four colours of corners is nearest.
func nameOf(c color.Color) string {
	r, g, b, _ := c.RGBA()
	const half = 0x8000
	switch {
	case r > half && g > half && b > half:
		return "white"
	case r > half:
		return "red"
	case g > half:
		return "green"
	case b > half:
		return "blue"
	}
	return "black"
}

// read gives the colours of the four quarters.
func read(img image.Image) [4]string {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	return [4]string{
		nameOf(img.At(w/4, h/4)), nameOf(img.At(3*w/4, h/4)), nameOf(img.At(w/4, 3*h/4)), nameOf(img.At(3*w/4, 3*h/4)),
	}
}
