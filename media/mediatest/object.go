package mediatest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

func objectCases() []testCase {
	return []testCase{
		{"what is put is read back", putIsReadBack},
		{"large objects are read back", largeObjects},
		{"putting the same again changes nothing", putAgain},
		{"other bytes never replace what is stored", putOther},
		{"of writers of other bytes one wins", putRace},
		{"a body of another length is refused", falseLength},
		{"what is not there is not found", notFound},
		{"deleting is final and may be repeated", deleting},
		{"what is no key is refused", badKeys},
		{"a context that ended ends every call", endedContext},
	}
}

// Picture is n bytes, at least 64, that look like the beginning of a PNG; seed
// makes them differ.
func Picture(seed byte, n int) []byte {
	head := "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
	b := append([]byte(head), bytes.Repeat([]byte{seed}, n)...)
	return b[:n]
}

const pngType = "image/png"

func put(t *testing.T, b Backend, key media.Key, data []byte) {
	t.Helper()
	require.NoError(t, b.Store.Put(t.Context(), key, bytes.NewReader(data), int64(len(data)), pngType))
}

func holds(t *testing.T, b Backend, key media.Key, want []byte) media.Info {
	t.Helper()
	r, info, err := b.Store.Open(t.Context(), key)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.True(t, bytes.Equal(want, got), "other bytes than were stored (%d, %d)", len(want), len(got))
	require.EqualValues(t, len(want), info.Size)
	require.Equal(t, pngType, info.Type)
	require.NotEmpty(t, info.Hash)
	stat, err := b.Store.Stat(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, info, stat)
	return info
}

func putIsReadBack(t *testing.T, b Backend) {
	for _, key := range []media.Key{"pictures/aa/one.png", "one", media.Staged("upload_1"), media.Staged("a-b")} {
		put(t, b, key, Picture(1, 1000))
	}
	one := holds(t, b, "pictures/aa/one.png", Picture(1, 1000))
	require.Equal(t, one.Hash, holds(t, b, media.Staged("upload_1"), Picture(1, 1000)).Hash, "equal bytes have equal hashes")
	put(t, b, "pictures/aa/two.png", Picture(2, 1000))
	require.NotEqual(t, one.Hash, holds(t, b, "pictures/aa/two.png", Picture(2, 1000)).Hash)
}

func largeObjects(t *testing.T, b Backend) {
	data := Picture(7, 9<<20+17)
	for i := 1 << 10; i < len(data); i++ {
		data[i] = byte(i>>10*7 + i&0xff) //nolint:gosec // any byte will do, as long as each stands in its own place
	}
	put(t, b, "videos/large.png", data)
	holds(t, b, "videos/large.png", data)
	put(t, b, "videos/large.png", data)
	other := bytes.Clone(data)
	other[8<<20]++
	require.ErrorIs(t, b.Store.Put(t.Context(), "videos/large.png", bytes.NewReader(other), int64(len(other)), pngType), media.ErrExists)
}

func putAgain(t *testing.T, b Backend) {
	put(t, b, "a/b.png", Picture(1, 500))
	body := bytes.NewReader(append([]byte("skipped"), Picture(1, 500)...))
	_, err := body.Seek(7, io.SeekStart)
	require.NoError(t, err)
	require.NoError(t, b.Store.Put(t.Context(), "a/b.png", body, 500, pngType), "a body is read from where it stands")
	holds(t, b, "a/b.png", Picture(1, 500))
}

func putOther(t *testing.T, b Backend) {
	put(t, b, "a/b.png", Picture(1, 500))
	for _, other := range [][]byte{Picture(2, 500), Picture(1, 501), Picture(1, 499)} {
		err := b.Store.Put(t.Context(), "a/b.png", bytes.NewReader(other), int64(len(other)), pngType)
		require.ErrorIs(t, err, media.ErrExists)
		require.False(t, media.Passing(err))
	}
	holds(t, b, "a/b.png", Picture(1, 500))
}

func putRace(t *testing.T, b Backend) {
	const writers = 8
	var (
		wg     sync.WaitGroup
		won    atomic.Int32
		winner atomic.Uint32
	)
	for seed := range byte(writers) {
		wg.Go(func() {
			data := Picture(seed, 2000)
			err := b.Store.Put(t.Context(), "a/race.png", bytes.NewReader(data), int64(len(data)), pngType)
			if err == nil {
				won.Add(1)
				winner.Store(uint32(seed))
			} else if !errors.Is(err, media.ErrExists) {
				t.Errorf("writer %d: %v", seed, err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	holds(t, b, "a/race.png", Picture(byte(winner.Load()&0xff), 2000))
}

func falseLength(t *testing.T, b Backend) {
	for _, size := range []int64{99, 101, 0} {
		err := b.Store.Put(t.Context(), "a/b.png", bytes.NewReader(Picture(1, 100)), size, pngType)
		require.Equal(t, social.CodeInternal, social.CodeOf(err), "100 bytes, announced as %d", size)
	}
	_, err := b.Store.Stat(t.Context(), "a/b.png")
	require.ErrorIs(t, err, media.ErrNotFound)
}

func notFound(t *testing.T, b Backend) {
	put(t, b, "a/b/c.png", Picture(1, 100))
	for _, key := range []media.Key{"a/b/d.png", "a/b", "a", "a/b/c.png/d", media.Staged("x")} {
		_, err := b.Store.Stat(t.Context(), key)
		require.ErrorIs(t, err, media.ErrNotFound, key)
		require.Equal(t, social.CodeNotFound, social.CodeOf(err))
		_, _, err = b.Store.Open(t.Context(), key)
		require.ErrorIs(t, err, media.ErrNotFound, key)
	}
}

func deleting(t *testing.T, b Backend) {
	for _, key := range []media.Key{"a/b/c.png", media.Staged("x")} {
		put(t, b, key, Picture(1, 100))
		put(t, b, key+"2", Picture(1, 100))
		require.NoError(t, b.Store.Delete(t.Context(), key))
		require.NoError(t, b.Store.Delete(t.Context(), key))
		_, err := b.Store.Stat(t.Context(), key)
		require.ErrorIs(t, err, media.ErrNotFound)
		holds(t, b, key+"2", Picture(1, 100))
		put(t, b, key, Picture(2, 100)) // its place is free again
		holds(t, b, key, Picture(2, 100))
	}
	require.NoError(t, b.Store.Delete(t.Context(), "a/b"), "no object is called so")
	holds(t, b, "a/b/c.png2", Picture(1, 100))
}

func badKeys(t *testing.T, b Backend) {
	for _, key := range []media.Key{"", "../a", "a/../b", "/a", "a\x00", "A", "http://x/a", media.Key(strings.Repeat("a", 201))} {
		require.Equal(t, social.CodeInternal, social.CodeOf(b.Store.Put(t.Context(), key, bytes.NewReader(Picture(1, 100)), 100, pngType)))
		_, err := b.Store.Stat(t.Context(), key)
		require.Equal(t, social.CodeInternal, social.CodeOf(err))
		_, _, err = b.Store.Open(t.Context(), key)
		require.Equal(t, social.CodeInternal, social.CodeOf(err))
		require.Equal(t, social.CodeInternal, social.CodeOf(b.Store.Delete(t.Context(), key)))
	}
}

func endedContext(t *testing.T, b Backend) {
	put(t, b, "a/b.png", Picture(1, 100))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.True(t, media.Passing(b.Store.Put(ctx, "a/c.png", bytes.NewReader(Picture(1, 100)), 100, pngType)))
	_, err := b.Store.Stat(ctx, "a/b.png")
	require.True(t, media.Passing(err), err)
	_, _, err = b.Store.Open(ctx, "a/b.png")
	require.True(t, media.Passing(err), err)
	require.True(t, media.Passing(b.Store.Delete(ctx, "a/b.png")))
	holds(t, b, "a/b.png", Picture(1, 100))
}
