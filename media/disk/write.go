package disk

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	stdpath "path"

	"github.com/swiperhq/swiper/media"
)

// Put implements media.Store.
func (s *Store) Put(ctx context.Context, key media.Key, body io.ReadSeeker, size int64, _ string) error {
	if err := key.Check(); err != nil {
		return err
	}
	if err := media.CheckBody(body, size); err != nil {
		return err
	}
	temp, err := s.write(ctx, body, size)
	if err != nil {
		return err
	}
	return s.publish(ctx, temp, key)
}

// Delete implements media.Store.
func (s *Store) Delete(ctx context.Context, key media.Key) error {
	if err := key.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return media.Unavailable(err)
	}
	if info, err := s.root.Stat(path(key)); err == nil && info.IsDir() {
		return nil // a folder of other objects is none
	}
	switch err := s.root.Remove(path(key)); {
	case gone(err):
		return nil
	case err != nil:
		return failed(err)
	}
	return failed(s.sync(stdpath.Dir(path(key))))
}

// write keeps exactly size bytes of body in a temporary file.
func (s *Store) write(ctx context.Context, body io.Reader, size int64) (temp string, err error) {
	temp, n, err := s.writeUpTo(ctx, body, size)
	if err == nil && n != size {
		err = errors.Join(fmt.Errorf("disk: a body of another length than %d", size), s.root.Remove(temp))
	}
	return temp, failed(err)
}

// writeUpTo keeps body, synced, in a file of a name nobody else uses. Of a body
// longer than limit it keeps one byte more, so that n tells. Its errors are raw.
func (s *Store) writeUpTo(ctx context.Context, body io.Reader, limit int64) (temp string, n int64, err error) {
	temp = stdpath.Join(tempDir, rand.Text())
	f, err := s.root.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return "", 0, err
	}
	n, err = io.Copy(f, io.LimitReader(heeding{ctx, body}, limit+1))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", 0, errors.Join(err, s.root.Remove(temp))
	}
	return temp, n, nil
}

// publish brings a written file to where key leads, if nothing is there yet. The
// file is gone from where it was in any case.
func (s *Store) publish(ctx context.Context, temp string, key media.Key) error {
	dir := stdpath.Dir(path(key))
	if err := s.root.MkdirAll(dir, dirMode); err != nil {
		return failed(errors.Join(err, s.root.Remove(temp)))
	}
	// Of several processes one makes the link; a renaming would replace another's.
	same, err := true, s.root.Link(temp, path(key))
	if errors.Is(err, fs.ErrExist) {
		same, err = s.same(ctx, temp, path(key))
	}
	if err = errors.Join(err, s.root.Remove(temp)); err != nil {
		return failed(err)
	}
	if !same {
		return media.Exists(key)
	}
	// Also of what was there: who stored it may have died before it was synced.
	for ; dir != "."; dir = stdpath.Dir(dir) {
		if err := s.sync(dir); err != nil {
			return failed(err)
		}
	}
	return failed(s.sync("."))
}

// same compares two files.
func (s *Store) same(ctx context.Context, a, b string) (bool, error) {
	fa, err := s.root.Open(a)
	if err != nil {
		return false, err
	}
	defer func() { _ = fa.Close() }() // read, and done with
	fb, err := s.root.Open(b)
	if err != nil {
		return false, err
	}
	defer func() { _ = fb.Close() }() // read, and done with
	if info, err := fb.Stat(); err != nil || info.IsDir() {
		return false, err
	}
	const chunk = 64 << 10
	bufA, bufB := make([]byte, chunk), make([]byte, chunk)
	for {
		na, errA := io.ReadFull(heeding{ctx, fa}, bufA)
		nb, errB := io.ReadFull(fb, bufB)
		if !bytes.Equal(bufA[:na], bufB[:nb]) {
			return false, nil
		}
		if ended(errA) && ended(errB) {
			return true, nil
		}
		if err := errors.Join(errA, errB); err != nil {
			return false, err
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// sync makes the names in a folder last.
func (s *Store) sync(dir string) error {
	f, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// gone tells that there is no such file, nor can there be.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || notFolder(err) }

// failed makes a file system's error one of ours: a full or failing disk may be
// seen to, a context that ended may come again.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return media.Unavailable(err)
}

// heeding is a reader that ends with its context.
type heeding struct {
	ctx context.Context
	io.Reader
}

func (h heeding) Read(p []byte) (int, error) {
	if err := h.ctx.Err(); err != nil {
		return 0, err
	}
	return h.Reader.Read(p)
}
