package picture

import (
	"bytes"
	"image"

	"github.com/bep/imagemeta"
)

// orientation reads how the picture is to be turned, 1–8 as EXIF counts, from
// its metadata; 1, as it stands, for whatever else is there.
func orientation(f Format, b []byte) int {
	kind := map[Format]imagemeta.ImageFormat{JPEG: imagemeta.JPEG, PNG: imagemeta.PNG, WebP: imagemeta.WebP}[f]
	const (
		maxTags    = 500
		maxTagSize = 1000
	)
	found := 1
	// Metadata that cannot be read is none; the picture may be fine.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(b), ImageFormat: kind, Sources: imagemeta.EXIF, LimitNumTags: maxTags, LimitTagSize: maxTagSize,
		HandleTag: func(tag imagemeta.TagInfo) error {
			if v, ok := tag.Value.(uint16); ok && tag.Tag == "Orientation" && v >= 1 && v <= 8 {
				found = int(v)
				return imagemeta.ErrStopWalking
			}
			return nil
		},
	})
	return found
}

// turned gives the picture as its orientation says it is seen.
func turned(src *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			var toX, toY int
			switch orientation {
			case 2: // mirrored
				toX, toY = w-1-x, y
			case 3: // upside down
				toX, toY = w-1-x, h-1-y
			case 4: // upside down and mirrored
				toX, toY = x, h-1-y
			case 5: // on its side and mirrored
				toX, toY = y, x
			case 6: // its top is at the right
				toX, toY = h-1-y, x
			case 7: // on its other side and mirrored
				toX, toY = h-1-y, w-1-x
			default: // 8: its top is at the left
				toX, toY = y, w-1-x
			}
			copy(dst.Pix[dst.PixOffset(toX, toY):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}
