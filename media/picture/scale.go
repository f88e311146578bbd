package picture

import (
	"image"
	"image/color"
	"runtime"

	"golang.org/x/image/draw"
)

// rows is how many are worked at without a pause.
const rows = 16

// scaled fits src into a square of side pixels, on white. It never enlarges.
func scaled(src image.Image, side int) *image.RGBA {
	w, h := fit(src.Bounds().Dx(), src.Bounds().Dy(), side)
	if photo, ok := src.(*image.YCbCr); ok {
		src = averaged(photo, max(photo.Rect.Dx(), photo.Rect.Dy())/side)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	over := draw.Over
	if whole, ok := src.(interface{ Opaque() bool }); ok && whole.Opaque() { // asked once, not for each band
		over = draw.Src
	}
	for y := 0; y < h; y += rows {
		runtime.Gosched() // as yielding does
		band, ok := dst.SubImage(image.Rect(0, y, w, y+rows)).(*image.RGBA)
		if ok {
			draw.ApproxBiLinear.Scale(band, dst.Rect, src, src.Bounds(), over, nil)
		}
	}
	return dst
}

// fit gives the largest size of the same proportions within side × side.
func fit(w, h, side int) (fitW, fitH int) {
	longest := max(w, h)
	if longest <= side {
		return w, h
	}
	return max(1, (w*side+longest/2)/longest), max(1, (h*side+longest/2)/longest)
}

// averaged makes one pixel of each square of n × n: a scaler that looks at the
// nearest pixels only would leave most of a large photo out.
func averaged(src *image.YCbCr, n int) *image.YCbCr {
	w, h := src.Rect.Dx()/max(n, 1), src.Rect.Dy()/max(n, 1)
	if n < 2 || w < 1 || h < 1 {
		return src
	}
	dst := image.NewYCbCr(image.Rect(0, 0, w, h), src.SubsampleRatio)
	average(dst.Y, dst.YStride, src.Y, src.YStride, n)
	average(dst.Cb, dst.CStride, src.Cb, src.CStride, n)
	average(dst.Cr, dst.CStride, src.Cr, src.CStride, n)
	return dst
}

// average fills a plane from squares of another. The last square of a row or
// column may lack a part.
func average(dst []byte, dstStride int, src []byte, srcStride, n int) {
	sums := make([]uint32, srcStride) // of a column within a square
	whole := min(dstStride, srcStride/n)
	height := len(src) / srcStride
	for y := range len(dst) / dstStride {
		if y%rows == 0 {
			runtime.Gosched() // as yielding does
		}
		clear(sums)
		top := min(y*n, height-1)
		bottom := min(y*n+n, height)
		for sy := top; sy < bottom; sy++ {
			for x, v := range src[sy*srcStride:][:len(sums)] {
				sums[x] += uint32(v)
			}
		}
		row := dst[y*dstStride:][:dstStride]
		pixels := uint32(n * (bottom - top)) //nolint:gosec // at most 65,535 squared, as sides are
		for x := range row[:whole] {
			var sum uint32
			for _, v := range sums[x*n:][:n] {
				sum += v
			}
			row[x] = byte(sum / pixels) //nolint:gosec // an average of bytes is one
		}
		for x := whole; x < dstStride; x++ { // what is there counts for what is not
			row[x] = byte(sums[srcStride-1] * uint32(n) / pixels) //nolint:gosec // as above
		}
	}
}
