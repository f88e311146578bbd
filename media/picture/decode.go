package picture

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"

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

// heeding is a reader that ends with its context, and lets others go first.
type heeding struct {
	ctx context.Context
	r   io.Reader
}

func (h heeding) Read(p []byte) (int, error) {
	if err := h.ctx.Err(); err != nil {
		return 0, err
	}
	runtime.Gosched()
	return h.r.Read(p)
}

// yielding is a writer that lets others go first. Whoever computes without a pause
// has a core for 10 ms at a time, and each step of a swipe waits for that.
type yielding struct{ io.Writer }

// Write implements io.Writer.
func (y yielding) Write(p []byte) (int, error) {
	runtime.Gosched()
	return y.Writer.Write(p)
}
