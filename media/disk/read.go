package disk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"github.com/swiperhq/swiper/media"
)

// Open implements media.Store.
func (s *Store) Open(ctx context.Context, key media.Key) (io.ReadCloser, media.Info, error) {
	f, err := s.open(key)
	if err != nil {
		return nil, media.Info{}, err
	}
	info, err := describe(ctx, f)
	if err != nil {
		return nil, media.Info{}, failed(errors.Join(err, f.Close()))
	}
	return f, info, nil
}

// Stat implements media.Store. It reads the object to tell its hash.
func (s *Store) Stat(ctx context.Context, key media.Key) (media.Info, error) {
	f, info, err := s.Open(ctx, key)
	if err != nil {
		return media.Info{}, err
	}
	return info, failed(f.Close())
}

// URL implements media.Store.
func (s *Store) URL(key media.Key) string {
	if key.Private() {
		return ""
	}
	return s.o.PublicURL + "/" + string(key)
}

// Link implements media.Store: there are none to a folder.
func (s *Store) Link(_ context.Context, key media.Key, _ string, expires time.Time) (string, error) {
	return "", media.CheckLink(key, expires, s.o.Now())
}

// Prefetch implements media.Store: there is no CDN.
func (*Store) Prefetch(context.Context, ...media.Key) error { return nil }

// Refresh implements media.Store: there is no CDN.
func (*Store) Refresh(context.Context, ...media.Key) error { return nil }

func (s *Store) open(key media.Key) (*os.File, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	f, err := s.root.Open(path(key))
	if gone(err) {
		return nil, media.NotFound(key)
	}
	if err != nil {
		return nil, failed(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, failed(errors.Join(err, f.Close()))
	}
	if !info.Mode().IsRegular() {
		return nil, cmp.Or(failed(f.Close()), media.NotFound(key))
	}
	return f, nil
}

// describe reads all of f and leaves it at its beginning.
func describe(ctx context.Context, f *os.File) (media.Info, error) {
	mime, err := sniff(f)
	if err != nil {
		return media.Info{}, err
	}
	sum := sha256.New()
	size, err := io.Copy(sum, heeding{ctx, f})
	if err != nil {
		return media.Info{}, err
	}
	_, err = f.Seek(0, io.SeekStart)
	return media.Info{Size: size, Type: mime, Hash: hex.EncodeToString(sum.Sum(nil))}, err
}

// sniff tells the content type from the first bytes of f and leaves f at its
// beginning.
func sniff(f io.ReadSeeker) (string, error) {
	mime, err := mimetype.DetectReader(f)
	if err != nil {
		return "", err
	}
	_, err = f.Seek(0, io.SeekStart)
	name, _, _ := strings.Cut(mime.String(), ";")
	return name, err
}

// notFolder tells that a part of a path is a file.
func notFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
