package video

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"github.com/swiperhq/swiper/social"
)

// The limits of what is taken.
const (
	MaxBytes    = 20 << 20
	MaxDuration = 15 * time.Second
	MaxSide     = 4096 // of a frame, in pixels

	// A camera that was told to stop after 15 s may end its last sound a little
	// later.
	slack = 500 * time.Millisecond
)

// Format is a kind of video we take.
type Format string

// The formats, by content type.
const (
	MP4       Format = "video/mp4"
	QuickTime Format = "video/quicktime"
	WebM      Format = "video/webm"
)

// Types lists the content types we take.
func Types() []string { return []string{string(MP4), string(QuickTime), string(WebM)} }

// Header is what a video tells of itself.
type Header struct {
	Format        Format
	Duration      time.Duration
	Width, Height int // of a frame, in pixels, before it is turned
}

// Measure tells whether b is a video that we take.
func Measure(b []byte) (h Header, err error) {
	switch {
	case len(b) > MaxBytes:
		return Header{}, TooLarge()
	case len(b) == 0:
		return Header{}, invalid("The video is empty.", nil)
	}
	switch f := sniff(b); f {
	case MP4, QuickTime:
		h, err = measureMP4(b)
		h.Format = f
	case WebM:
		h, err = measureWebM(b)
	default:
		return Header{}, social.Errorf(social.CodeUnsupportedMedia, "Send an MP4, a QuickTime or a WebM video.")
	}
	switch {
	case err != nil:
		return Header{}, invalid("The video cannot be read.", err)
	case h.Width < 1 || h.Height < 1:
		return Header{}, invalid("The file holds no video.", nil)
	case h.Width > MaxSide || h.Height > MaxSide:
		return Header{}, invalid(fmt.Sprintf("The video's frames are too large: at most %d pixels a side are taken.", MaxSide), nil)
	case h.Duration <= 0:
		return Header{}, invalid("The video does not tell how long it is.", nil)
	case h.Duration > MaxDuration+slack:
		return Header{}, invalid(fmt.Sprintf("The video is too long: at most %d seconds are taken.", MaxDuration/time.Second), nil)
	}
	return h, nil
}

// TooLarge is the error of a video of more than MaxBytes.
func TooLarge() *social.Error {
	return social.Errorf(social.CodeUploadTooLarge, "The video is too large: at most %d MiB are taken.", MaxBytes>>20)
}

// sniff tells the format from the first bytes, "" for none of ours. A store that
// looks at what it is sent looks at the same: both ways in take the same.
func sniff(b []byte) Format {
	name, _, _ := strings.Cut(mimetype.Detect(b).String(), ";")
	if !slices.Contains(Types(), name) {
		return ""
	}
	return Format(name)
}

func invalid(message string, cause error) error {
	return &social.Error{Code: social.CodeImageInvalid, Message: message, Cause: cause}
}

// seconds makes a duration of ticks; what would overflow is as long as can be.
func seconds(ticks, perSecond uint64) time.Duration {
	if perSecond == 0 {
		return 0
	}
	const hour = 3600
	if ticks/perSecond > hour {
		return hour * time.Second
	}
	return time.Duration(float64(ticks) / float64(perSecond) * float64(time.Second))
}
