package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/swiperhq/swiper/media"
)

// Put implements media.Store.
func (s *Store) Put(ctx context.Context, key media.Key, body io.ReadSeeker, size int64, contentType string) error {
	if err := key.Check(); err != nil {
		return err
	}
	if err := media.CheckBody(body, size); err != nil {
		return err
	}
	start, err := body.Seek(0, io.SeekCurrent)
	if err != nil {
		return media.Permanent(err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	// In one piece: only so can the server refuse to replace what is there.
	o := minio.PutObjectOptions{ContentType: contentType, DisableMultipart: true, SendContentMd5: true}
	if !key.Private() {
		o.CacheControl = media.CacheControl
	}
	o.SetMatchETagExcept("*")
	_, err = s.client.Client.PutObject(ctx, s.bucket(key), string(key), io.LimitReader(body, size), size, o)
	if !errors.Is(failed(key, err), media.ErrExists) {
		return failed(key, err)
	}
	if _, err := body.Seek(start, io.SeekStart); err != nil {
		return media.Permanent(err)
	}
	return s.same(ctx, key, io.LimitReader(body, size), size)
}

// same tells whether key holds the bytes of body, ErrExists if it does not. The
// server's hashes are those of the content only as long as it does not encrypt.
func (s *Store) same(ctx context.Context, key media.Key, body io.Reader, size int64) error {
	stored, info, err := s.Open(ctx, key)
	if err != nil {
		return err
	}
	defer func() { _ = stored.Close() }() // read, and done with
	if info.Size != size {
		return media.Exists(key)
	}
	const chunk = 64 << 10
	a, b := make([]byte, chunk), make([]byte, chunk)
	for {
		na, errA := io.ReadFull(body, a)
		nb, errB := io.ReadFull(stored, b)
		switch {
		case errB != nil && !ended(errB):
			return failed(key, errB)
		case errA != nil && !ended(errA):
			return media.Permanent(errA)
		case !bytes.Equal(a[:na], b[:nb]):
			return media.Exists(key)
		case ended(errA):
			return nil
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// Open implements media.Store. What it gives must be read within Timeout.
func (s *Store) Open(ctx context.Context, key media.Key) (io.ReadCloser, media.Info, error) {
	if err := key.Check(); err != nil {
		return nil, media.Info{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	body, info, _, err := s.client.GetObject(ctx, s.bucket(key), string(key), minio.GetObjectOptions{})
	if err != nil {
		cancel()
		return nil, media.Info{}, failed(key, err)
	}
	return &download{body, cancel}, described(info), nil
}

// Stat implements media.Store.
func (s *Store) Stat(ctx context.Context, key media.Key) (media.Info, error) {
	if err := key.Check(); err != nil {
		return media.Info{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	info, err := s.client.StatObject(ctx, s.bucket(key), string(key), minio.StatObjectOptions{})
	if err != nil {
		return media.Info{}, failed(key, err)
	}
	return described(info), nil
}

// Delete implements media.Store.
func (s *Store) Delete(ctx context.Context, key media.Key) error {
	if err := key.Check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	err := failed(key, s.client.RemoveObject(ctx, s.bucket(key), string(key), minio.RemoveObjectOptions{}))
	if errors.Is(err, media.ErrNotFound) {
		return nil
	}
	return err
}

// URL implements media.Store.
func (s *Store) URL(key media.Key) string {
	if key.Private() {
		return ""
	}
	return s.o.Domain + "/" + (&url.URL{Path: string(key)}).EscapedPath()
}

// Link implements media.Store.
func (s *Store) Link(ctx context.Context, key media.Key, name string, expires time.Time) (string, error) {
	now := s.o.Now()
	if err := media.CheckLink(key, expires, now); err != nil {
		return "", err
	}
	as := url.Values{"response-content-disposition": {`attachment; filename="` + name + `"`}}
	// In whole seconds, one at least.
	u, err := s.client.PresignedGetObject(ctx, s.bucket(key), string(key), max(expires.Sub(now).Truncate(time.Second), time.Second), as)
	if err != nil {
		return "", media.Permanent(err)
	}
	return u.String(), nil
}

// Prefetch implements media.Store.
func (*Store) Prefetch(context.Context, ...media.Key) error { return nil }

// Refresh implements media.Store.
func (*Store) Refresh(context.Context, ...media.Key) error { return nil }

func described(o minio.ObjectInfo) media.Info {
	name, _, _ := strings.Cut(o.ContentType, ";")
	return media.Info{Size: o.Size, Type: strings.TrimSpace(name), Hash: o.ETag}
}

// download ends its deadline when it is closed.
type download struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (d *download) Close() error {
	defer d.cancel()
	return d.ReadCloser.Close()
}
