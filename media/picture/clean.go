package picture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"runtime"
	"time"

	"github.com/bbrks/go-blurhash"
	"golang.org/x/image/draw"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

// The published sizes: what the longer side measures at most, in pixels. A
// smaller picture keeps its size.
const (
	LargeSide  = 1280
	MediumSide = 640
	SmallSide  = 160

	quality = 82 // of JPEG, of 100

	defaultTimeout = 30 * time.Second
)

// ContentType is that of every picture Clean makes.
const ContentType = string(JPEG)

// Picture is one size of a cleaned picture, a JPEG.
type Picture struct {
	Key           media.Key
	Width, Height int
	Data          []byte
}

// Set is a cleaned picture. Two sizes of a small original may be the same
// picture, under the same key.
type Set struct {
	Large, Medium, Small Picture
	// BlurHash is a few colours in a few characters, to show until the picture
	// is there.
	BlurHash string
}

// All gives the sizes, each key once.
func (s *Set) All() []Picture {
	all := []Picture{s.Large}
	for _, p := range []Picture{s.Medium, s.Small} {
		if p.Key != all[len(all)-1].Key {
			all = append(all, p)
		}
	}
	return all
}

// Options of NewCleaner.
type Options struct {
	// AtOnce is how many pictures are in memory decoded at a time, the others
	// wait; 0: half the number of CPUs, so that swipes need not wait behind them. One
	// takes up to 250 MiB, as a rule 50.
	AtOnce int
	// Timeout bounds the decoding of one picture; 0: 30 s. One that takes longer
	// was made to.
	Timeout time.Duration
}

// Cleaner cleans pictures.
type Cleaner struct {
	slots   chan struct{}
	timeout time.Duration
}

// NewCleaner makes a cleaner.
func NewCleaner(o Options) *Cleaner {
	if o.AtOnce <= 0 {
		o.AtOnce = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return &Cleaner{make(chan struct{}, o.AtOnce), o.Timeout}
}

// Clean makes the pictures to publish of b. Their keys are derived from their
// content and from owner, whose they are: equal pictures of two people are two
// objects, each of which can be deleted, and nobody sees that they are equal.
// The same b and owner always give the same keys.
func (c *Cleaner) Clean(ctx context.Context, owner string, b []byte) (*Set, error) {
	header, err := Measure(b)
	if err != nil {
		return nil, err
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, late(ctx.Err())
	}
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	decoded, err := decode(within, header.Format, b)
	switch {
	case ctx.Err() != nil:
		return nil, late(ctx.Err())
	case within.Err() != nil:
		return nil, invalid("The picture takes too long to read.", within.Err())
	case err != nil:
		return nil, unreadable(err)
	case decoded.Bounds().Dx() != header.Width || decoded.Bounds().Dy() != header.Height:
		return nil, unreadable(fmt.Errorf("picture: %v decoded, %d × %d announced", decoded.Bounds(), header.Width, header.Height))
	}
	large := turned(scaled(decoded, LargeSide), orientation(header.Format, b))
	return publish(owner, large)
}

func publish(owner string, large *image.RGBA) (*Set, error) {
	medium := scaled(large, MediumSide)
	small := scaled(medium, SmallSide)
	var (
		s   Set
		err error
	)
	for _, size := range []struct {
		to  *Picture
		img *image.RGBA
	}{{&s.Large, large}, {&s.Medium, medium}, {&s.Small, small}} {
		if *size.to, err = encode(owner, size.img); err != nil {
			return nil, media.Permanent(err)
		}
	}
	if s.BlurHash, err = blur(small); err != nil {
		return nil, media.Permanent(err)
	}
	return &s, nil
}

func encode(owner string, img *image.RGBA) (Picture, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(yielding{&out}, img, &jpeg.Options{Quality: quality}); err != nil {
		return Picture{}, err
	}
	return Picture{name(owner, out.Bytes()), img.Rect.Dx(), img.Rect.Dy(), out.Bytes()}, nil
}

func name(owner string, data []byte) media.Key {
	const length = 32 // of 64 characters: 128 bits
	sum := sha256.New()
	_, _ = io.WriteString(sum, owner+"\n") // a hash takes everything
	sum.Write(data)
	hash := hex.EncodeToString(sum.Sum(nil))[:length]
	return media.Key("pictures/" + hash[:2] + "/" + hash + ".jpg")
}

// blur hashes a thumbnail: what it costs grows with the pixels.
func blur(img *image.RGBA) (string, error) {
	const few, fewer, side = 4, 3, 32
	w, h := fit(img.Rect.Dx(), img.Rect.Dy(), side)
	thumbnail := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(thumbnail, thumbnail.Rect, img, img.Rect, draw.Src, nil)
	if w < h {
		return blurhash.Encode(fewer, few, thumbnail)
	}
	return blurhash.Encode(few, fewer, thumbnail)
}

func late(cause error) error {
	return &social.Error{Code: social.CodeTimeout, Message: "This took too long.", Cause: errors.Join(cause)}
}
