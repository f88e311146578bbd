package mediatest

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/swiperhq/swiper/media"
)

// Flaky is a store that can fail one of its operations on objects.
type Flaky struct {
	media.Store

	// Spare is how many go well before one fails; all do while it is negative.
	Spare atomic.Int64
	// Lost: what fails has been done, and only the answer is lost.
	Lost  bool
	Calls atomic.Int64
}

// NewFlaky gives a store that does not fail yet.
func NewFlaky(s media.Store) *Flaky {
	f := &Flaky{Store: s}
	f.Mend()
	return f
}

// Mend lets everything go well from now on.
func (f *Flaky) Mend() { f.Spare.Store(-1) }

func (f *Flaky) at(do func() error) error {
	f.Calls.Add(1)
	if f.Spare.Add(-1) != -1 { // not the one that fails
		return do()
	}
	if f.Lost {
		_ = do()
	}
	return media.Unavailable(errors.New("down"))
}

// Put implements media.Store.
func (f *Flaky) Put(ctx context.Context, key media.Key, body io.ReadSeeker, size int64, contentType string) error {
	return f.at(func() error { return f.Store.Put(ctx, key, body, size, contentType) })
}

// Stat implements media.Store.
func (f *Flaky) Stat(ctx context.Context, key media.Key) (info media.Info, err error) {
	err = f.at(func() error { info, err = f.Store.Stat(ctx, key); return err })
	return info, err
}

// Open implements media.Store.
func (f *Flaky) Open(ctx context.Context, key media.Key) (r io.ReadCloser, info media.Info, err error) {
	err = f.at(func() error { r, info, err = f.Store.Open(ctx, key); return err })
	if err != nil && r != nil {
		return nil, info, errors.Join(err, r.Close())
	}
	return r, info, err
}

// Delete implements media.Store.
func (f *Flaky) Delete(ctx context.Context, key media.Key) error {
	return f.at(func() error { return f.Store.Delete(ctx, key) })
}

// Transfer implements uploads.Transfers without actors.
func (f *Flaky) Transfer(ctx context.Context, do func(context.Context, media.Store) error) error {
	return do(ctx, f)
}
