package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"

	"github.com/swiperhq/swiper/social"
)

// The limits of what is taken.
const (
	MaxBytes  = 10 << 20
	MaxPixels = 16_000_000
)

// Header is what the first bytes of a picture tell.
type Header struct {
	Format        Format
	Width, Height int // in pixels, before the picture is turned
}

// Measure tells whether b is a picture that Clean takes, as far as that shows
// without decoding it: its kind, its size in bytes and pixels, and that its end
// is there.
func Measure(b []byte) (Header, error) {
	switch {
	case len(b) > MaxBytes:
		return Header{}, TooLarge()
	case len(b) == 0:
		return Header{}, invalid("The picture is empty.", nil)
	}
	f := sniff(b)
	if f == "" || moving(f, b) {
		return Header{}, social.Errorf(social.CodeUnsupportedMedia, "Send a JPEG, a PNG or a WebP that does not move.")
	}
	config, err := decodeConfig(f, b)
	if err != nil {
		return Header{}, unreadable(err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > MaxPixels/config.Height {
		return Header{}, invalid(fmt.Sprintf("The picture has too many pixels: at most %d million are taken.", MaxPixels/1_000_000), nil)
	}
	if !whole(f, b) {
		return Header{}, invalid("The picture is incomplete.", nil)
	}
	return Header{f, config.Width, config.Height}, nil
}

// TooLarge is the error of a picture of more than MaxBytes.
func TooLarge() *social.Error {
	return social.Errorf(social.CodeUploadTooLarge, "The picture is too large: at most %d MiB are taken.", MaxBytes>>20)
}

func decodeConfig(f Format, b []byte) (c image.Config, err error) {
	defer caught(&err)
	switch f {
	case JPEG:
		return jpeg.DecodeConfig(bytes.NewReader(b))
	case PNG:
		return png.DecodeConfig(bytes.NewReader(b))
	case WebP:
		return webp.DecodeConfig(bytes.NewReader(b))
	}
	return image.Config{}, image.ErrFormat
}

// caught makes a decoder's panic an error of the picture.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("picture: the decoder panicked: %v", p)
	}
}

func invalid(message string, cause error) error {
	return &social.Error{Code: social.CodeImageInvalid, Message: message, Cause: cause}
}

func unreadable(cause error) error { return invalid("The picture cannot be read.", cause) }
