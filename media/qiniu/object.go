package qiniu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/qiniu/go-sdk/v7/storagev2/uploader"
	"github.com/qiniu/go-sdk/v7/storagev2/uptoken"

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
	permit, err := uptoken.NewPutPolicyWithKey(s.bucket(key), string(key), s.o.Now().Add(s.o.Timeout+time.Hour))
	if err != nil {
		return media.Permanent(err)
	}
	permit.SetInsertOnly(1).SetFsizeLimit(size)
	name := string(key)
	whole := io.NewSectionReader(&readerAt{ReadSeeker: body}, start, size)
	err = s.uploads.UploadReader(ctx, whole, &uploader.ObjectOptions{
		BucketName: s.bucket(key), ObjectName: &name, FileName: "object", ContentType: contentType,
		UpToken: uptoken.NewSigner(permit, s.keys),
	}, nil)
	if codeOf(err) != codeExists {
		return failed(ctx, key, err)
	}
	if _, err := whole.Seek(0, io.SeekStart); err != nil {
		return media.Permanent(err)
	}
	return s.same(ctx, key, whole, size)
}

// same tells whether key holds the bytes of body: ErrExists if it does not.
func (s *Store) same(ctx context.Context, key media.Key, body io.Reader, size int64) error {
	info, err := s.Stat(ctx, key)
	if err != nil {
		return err
	}
	hash, err := hashOf(body)
	if err != nil {
		return media.Permanent(err)
	}
	if info.Size != size || info.Hash != hash {
		return media.Exists(key)
	}
	return nil
}

// Stat implements media.Store.
func (s *Store) Stat(ctx context.Context, key media.Key) (media.Info, error) {
	if err := key.Check(); err != nil {
		return media.Info{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	o, err := s.objects.Bucket(s.bucket(key)).Object(string(key)).Stat().Call(ctx)
	if err != nil {
		return media.Info{}, failed(ctx, key, err)
	}
	return media.Info{Size: o.Size, Type: bare(o.MimeType), Hash: o.ETag}, nil
}

// Delete implements media.Store.
func (s *Store) Delete(ctx context.Context, key media.Key) error {
	if err := key.Check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	err := failed(ctx, key, s.objects.Bucket(s.bucket(key)).Object(string(key)).Delete().Call(ctx))
	if errors.Is(err, media.ErrNotFound) {
		return nil
	}
	return err
}

// Open implements media.Store. What it gives must be read within Timeout.
func (s *Store) Open(ctx context.Context, key media.Key) (io.ReadCloser, media.Info, error) {
	if err := key.Check(); err != nil {
		return nil, media.Info{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.readURL(key), http.NoBody)
	if err != nil {
		cancel()
		return nil, media.Info{}, media.Permanent(err)
	}
	resp, err := s.o.Client.Do(r) //nolint:bodyclose // closed with the download
	if err != nil {
		cancel()
		return nil, media.Info{}, failed(ctx, key, err)
	}
	body := &download{resp.Body, cancel}
	if resp.StatusCode != http.StatusOK {
		err := errors.Join(answered(key, resp.StatusCode), body.Close())
		return nil, media.Info{}, err
	}
	if resp.ContentLength < 0 { // a CDN may send without saying how much
		info, err := s.Stat(ctx, key)
		if err != nil {
			return nil, media.Info{}, errors.Join(err, body.Close())
		}
		return body, info, nil
	}
	info := media.Info{Size: resp.ContentLength, Type: bare(resp.Header.Get("Content-Type")), Hash: strings.Trim(resp.Header.Get("ETag"), `"`)}
	return body, info, nil
}

// URL implements media.Store.
func (s *Store) URL(key media.Key) string {
	if key.Private() {
		return ""
	}
	return s.o.Domain + "/" + (&url.URL{Path: string(key)}).EscapedPath()
}

// Link implements media.Store.
func (s *Store) Link(_ context.Context, key media.Key, name string, expires time.Time) (string, error) {
	if err := media.CheckLink(key, expires, s.o.Now()); err != nil {
		return "", err
	}
	return s.signedURL(key, "attname="+url.QueryEscape(name)+"&", expires), nil
}

// readURL is where we read an object ourselves.
func (s *Store) readURL(key media.Key) string {
	if !key.Private() {
		return s.URL(key)
	}
	return s.signedURL(key, "", s.o.Now().Add(s.o.Timeout+time.Hour))
}

// signedURL is where a private object is read until then; query is "" or ends with &.
func (s *Store) signedURL(key media.Key, query string, until time.Time) string {
	u := s.o.PrivateDomain + "/" + (&url.URL{Path: string(key)}).EscapedPath()
	u += "?" + query + "e=" + strconv.FormatInt(until.Unix(), 10)
	return u + "&token=" + s.keys.Sign([]byte(u))
}

func answered(key media.Key, status int) error {
	err := fmt.Errorf("qiniu: reading %s was answered with %d", key, status)
	switch {
	case status == http.StatusNotFound || status == codeNotFound:
		return media.NotFound(key)
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		return media.Unavailable(err)
	}
	return media.Permanent(err)
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

// readerAt lets the SDK read several parts of a body at once.
type readerAt struct {
	mu sync.Mutex
	io.ReadSeeker
}

func (r *readerAt) ReadAt(p []byte, at int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(r.ReadSeeker, p)
}

// bare is a content type without its parameters.
func bare(contentType string) string {
	name, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(name)
}
