package picture

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// decode gives the pixels. It ends with ctx, the next time the decoder wants
// more bytes: none of them works for long on few.
func decode(ctx context.Context, f Format, b []byte) (img image.Image, err error) {
	defer caught(&err)
	r := heeding{ctx, bytes.NewReader(b)}
	switch f {
	case JPEG:
		return jpeg.Decode(r)
	case PNG:
		return png.Decode(r)
	case WebP:
		return webp.Decode(r)
	}
	return nil, image.ErrFormat
}

// heeding is a reader that ends with its context.
type heeding struct {
	ctx context.Context
	r   io.Reader
}

func (h heeding) Read(p []byte) (int, error) {
	if err := h.ctx.Err(); err != nil {
		return 0, err
	}
	return h.r.Read(p)
}
