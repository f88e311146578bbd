package video_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/social"
)

func box(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8)), kind...), body...)
}

func words(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// film is an MP4 with one track of 720 × 1280. It says it lasts declared
// seconds; its samples say it lasts samples seconds, at 30 a second.
func film(brand string, declared, samples uint32) []byte {
	return filmOf(brand, declared,
		box("mdhd", words(0, 0, 0, 30, declared*30, 0)), box("minf", box("stbl", box("stts", words(0, 1, samples*30, 1)))))
}

// filmOf is one whose track holds media.
func filmOf(brand string, declared uint32, media ...[]byte) []byte {
	tkhd := append(words(0, 0, 0, 1, 0, declared*1000, 0, 0, 0, 0), make([]byte, 36)...)
	tkhd = append(tkhd, words(720<<16, 1280<<16)...)
	mvhd := append(words(0, 0, 0, 1000, declared*1000), make([]byte, 80)...)
	return bytes.Join([][]byte{
		box("ftyp", []byte(brand), words(0), []byte(brand)),
		box("mdat", make([]byte, 64)),
		box("moov", box("mvhd", mvhd), box("trak",
			box("tkhd", tkhd), box("mdia", media...),
		)),
	}, nil)
}

func ebml(id uint32, value []byte) []byte {
	b := bytes.TrimLeft(words(id), "\x00")
	return append(append(b, binary.BigEndian.AppendUint64(nil, 1<<56|uint64(len(value)))...), value...)
}

// unsized is an element that goes on until the next.
func unsized(id uint32) []byte { return append(bytes.TrimLeft(words(id), "\x00"), 0xff) }

// recording is a WebM as browsers write it: without sizes, and of declared
// seconds unless that is 0.
func recording(docType string, declared, last float64) []byte {
	info := ebml(0x2ad7b1, words(1_000_000))
	if declared > 0 {
		info = append(info, ebml(0x4489, binary.BigEndian.AppendUint64(nil, math.Float64bits(declared*1000)))...)
	}
	track := ebml(0xae, ebml(0xe0, append(ebml(0xb0, []byte{2, 208}), ebml(0xba, []byte{5, 0})...)))
	return bytes.Join([][]byte{
		ebml(0x1a45dfa3, ebml(0x4282, []byte(docType))),
		unsized(0x18538067), ebml(0x1549a966, info), ebml(0x1654ae6b, track),
		unsized(0x1f43b675), ebml(0xe7, []byte{0}), ebml(0xa3, []byte{0x81, 0, 0, 0x80, 1, 2, 3}),
		unsized(0x1f43b675), ebml(0xe7, words(uint32(last*1000)-100)), ebml(0xa0, ebml(0xa1, []byte{0x81, 0, 100, 0, 1, 2, 3})),
	}, nil)
}

func TestVideosAreMeasured(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		b    []byte
		want video.Header
	}{
		"mp4":                {film("isom", 12, 12), video.Header{Format: video.MP4, Duration: 12 * time.Second, Width: 720, Height: 1280}},
		"a rest":             {append(film("isom", 12, 12), words(1, 2, 3)...), video.Header{Format: video.MP4, Duration: 12 * time.Second, Width: 720, Height: 1280}},
		"a list's end":       {filmOf("qt  ", 9, box("mdhd", words(0, 0, 0, 30, 9*30, 0)), words(0)), video.Header{Format: video.QuickTime, Duration: 9 * time.Second, Width: 720, Height: 1280}},
		"mp42":               {film("mp42", 15, 15), video.Header{Format: video.MP4, Duration: 15 * time.Second, Width: 720, Height: 1280}},
		"quicktime":          {film("qt  ", 15, 15), video.Header{Format: video.QuickTime, Duration: 15 * time.Second, Width: 720, Height: 1280}},
		"webm":               {recording("webm", 9, 9), video.Header{Format: video.WebM, Duration: 9 * time.Second, Width: 720, Height: 1280}},
		"webm of a browser":  {recording("webm", 0, 9.5), video.Header{Format: video.WebM, Duration: 9500 * time.Millisecond, Width: 720, Height: 1280}},
		"more sound, a wink": {recording("webm", 15.4, 15), video.Header{Format: video.WebM, Duration: 15400 * time.Millisecond, Width: 720, Height: 1280}},
	} {
		got, err := video.Measure(c.b)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
}

// many is an MP4 whose index holds a box so many times.
func many(n int, b []byte) []byte {
	return append(box("ftyp", []byte("isom"), words(0)), box("moov", bytes.Repeat(b, n))...)
}

// sttsOf tells how long n samples last, one by one.
func sttsOf(n int) []byte { return box("stts", words(0, uint32(n)), bytes.Repeat(words(1, 0), n)) }

func bad() map[string]struct {
	b    []byte
	code social.Code
} {
	type input = struct {
		b    []byte
		code social.Code
	}
	short := film("isom", 5, 5)
	reversed := filmOf("isom", 5, box("minf", box("stbl", box("stts", words(0, 1, 60*30, 1)))), box("mdhd", words(0, 0, 0, 30, 5*30, 0)))
	fragments := append(bytes.Clone(box("ftyp", []byte("iso5"), words(0))), box("moov", box("mvex"))...)
	return map[string]input{
		"nothing":              {nil, social.CodeImageInvalid},
		"too many bytes":       {make([]byte, video.MaxBytes+1), social.CodeUploadTooLarge},
		"html":                 {[]byte("<!doctype html><video>"), social.CodeUnsupportedMedia},
		"a picture":            {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), social.CodeUnsupportedMedia},
		"an m4v":               {film("M4V ", 5, 5), social.CodeUnsupportedMedia},
		"a 3gp":                {film("3gp4", 5, 5), social.CodeUnsupportedMedia},
		"sound":                {film("M4A ", 5, 5), social.CodeUnsupportedMedia},
		"too long":             {film("isom", 16, 16), social.CodeImageInvalid},
		"longer than it says":  {film("isom", 5, 60), social.CodeImageInvalid},
		"longer, told first":   {reversed, social.CodeImageInvalid},
		"shorter than it says": {film("isom", 60, 5), social.CodeImageInvalid},
		"billions of samples":  {film("isom", 5, math.MaxUint32/30), social.CodeImageInvalid},
		"no duration":          {film("isom", 0, 0), social.CodeImageInvalid},
		"an mp4's beginning":   {short[:100], social.CodeImageInvalid},
		"half an index":        {short[:len(short)-60], social.CodeImageInvalid},
		"fragments":            {fragments, social.CodeImageInvalid},
		"a million fragments":  {many(1_000_000, box("mvex")), social.CodeImageInvalid},
		"a million tracks":     {many(1_000_000, box("trak")), social.CodeImageInvalid},
		"a huge index":         {many(1, box("trak", box("mdia", box("minf", box("stbl", sttsOf(2_000_000)))))), social.CodeImageInvalid},
		"huge names of keys":   {many(1, box("keys", words(0, 2_000_000), bytes.Repeat(words(8, 0), 2_000_000))), social.CodeImageInvalid},
		"huge kinds":           {append(box("ftyp", []byte("isom"), make([]byte, 15<<20)), box("moov")...), social.CodeImageInvalid},
		"webm, too long":       {recording("webm", 20, 5), social.CodeImageInvalid},
		"webm, longer":         {recording("webm", 5, 20), social.CodeImageInvalid},
		"webm, cut off":        {recording("webm", 5, 5)[:60], social.CodeImageInvalid},
		"webm's first bytes":   {[]byte("\x1a\x45\xdf\xa3"), social.CodeUnsupportedMedia},
		"matroska":             {recording("matroska", 5, 5), social.CodeUnsupportedMedia},
	}
}

func TestBadInputHasItsCode(t *testing.T) {
	t.Parallel()
	for name, in := range bad() {
		_, err := video.Measure(in.b)
		require.Equal(t, in.code, social.CodeOf(err), "%s: %v", name, err)
	}
}

// Not parallel: it measures what this process allocates.
func TestBadInputTakesLittleMemory(t *testing.T) { //nolint:paralleltest // see above
	for name, in := range bad() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := video.Measure(in.b)
		runtime.ReadMemStats(&after)
		require.Error(t, err, name)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), name)
	}
}

func FuzzMeasure(f *testing.F) {
	for _, in := range bad() {
		if len(in.b) < 1<<16 {
			f.Add(in.b)
		}
	}
	f.Add(film("isom", 12, 12))
	f.Add(recording("webm", 9, 9))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := video.Measure(b)
		if err != nil {
			switch social.CodeOf(err) { //nolint:exhaustive // the others are wrong
			case social.CodeImageInvalid, social.CodeUnsupportedMedia, social.CodeUploadTooLarge:
				return
			}
			t.Fatal(err)
		}
		if h.Duration <= 0 || h.Duration > video.MaxDuration+time.Second || h.Width < 1 || h.Height < 1 {
			t.Fatalf("%+v was let through", h)
		}
	})
}
