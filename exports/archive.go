package exports

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/swiperhq/swiper/tasks"
)

const (
	// maxArchive bounds an export, in bytes: no user's data comes near.
	maxArchive = 2 << 30
	// sliceRows are read at a time, each slice within sliceTime.
	sliceRows = 1000
	sliceTime = 10 * time.Second
)

var errTooLarge = errors.New("exports: the archive is larger than any may be")

// bounded fails once more than left bytes are written.
type bounded struct {
	io.Writer
	left int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, tasks.Permanent(errTooLarge)
	}
	return b.Writer.Write(p)
}

// archive is a zip that is being written.
type archive struct {
	*zip.Writer

	at time.Time // of its files
}

func newArchive(w io.Writer, at time.Time) *archive {
	return &archive{zip.NewWriter(&bounded{w, maxArchive}), at}
}

// file begins the next file; pictures are compressed already.
func (a *archive) file(name string, method uint16) (io.Writer, error) {
	return a.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.at})
}

// object writes a file with one JSON object.
func (a *archive) object(name string, v any) error {
	w, err := a.file(name, zip.Deflate)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// list writes a file with a JSON array of all rows that read gives, one a line.
// read gives at most limit rows behind the last one of before, the zero T at first.
func list[T any](
	ctx context.Context, a *archive, name string, read func(ctx context.Context, last T, limit int) ([]T, error), show func(*T) any,
) error {
	w, err := a.file(name, zip.Deflate)
	if err != nil {
		return err
	}
	before := "[\n"
	err = slices(ctx, read, func(row *T) error {
		line, err := json.Marshal(show(row))
		if err != nil {
			return err
		}
		_, err = w.Write(append([]byte(before), line...))
		before = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	end := "\n]\n"
	if before == "[\n" {
		end = "[]\n"
	}
	_, err = io.WriteString(w, end)
	return err
}

// slices goes through all rows that read gives.
func slices[T any](ctx context.Context, read func(ctx context.Context, last T, limit int) ([]T, error), each func(*T) error) error {
	var last T
	for {
		some, err := slice(ctx, last, read)
		if err != nil {
			return err
		}
		for i := range some {
			if err := each(&some[i]); err != nil {
				return err
			}
		}
		if len(some) < sliceRows {
			return nil
		}
		last = some[len(some)-1]
	}
}

func slice[T any](ctx context.Context, last T, read func(ctx context.Context, last T, limit int) ([]T, error)) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, sliceTime)
	defer cancel()
	return read(ctx, last, sliceRows)
}
