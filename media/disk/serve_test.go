package disk_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/mediatest"
	"github.com/swiperhq/swiper/social"
)

const key = media.Key("pictures/aa/one.png")

func put(t *testing.T, b bundle, key media.Key, data []byte) {
	t.Helper()
	require.NoError(t, b.store.Put(t.Context(), key, bytes.NewReader(data), int64(len(data)), "image/png"))
}

func do(t *testing.T, method, url string, body io.Reader, headers ...string) (status int, h http.Header, got []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	got, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header, got
}

func TestPublicObjectsAreServedToBeCached(t *testing.T) {
	t.Parallel()
	b := setup(t)
	data := mediatest.Picture(3, 1000)
	put(t, b, key, data)
	url := b.store.URL(key)

	status, h, got := do(t, http.MethodGet, url, http.NoBody)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, data, got)
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	require.Equal(t, "image/png", h.Get("Content-Type"))
	require.Contains(t, h.Get("Content-Security-Policy"), "sandbox")
	etag := h.Get("ETag")
	require.NotEmpty(t, etag)

	status, _, got = do(t, http.MethodGet, url, http.NoBody, "If-None-Match", etag)
	require.Equal(t, http.StatusNotModified, status)
	require.Empty(t, got)
	status, _, got = do(t, http.MethodGet, url, http.NoBody, "Range", "bytes=10-19")
	require.Equal(t, http.StatusPartialContent, status)
	require.Equal(t, data[10:20], got)
	status, _, _ = do(t, http.MethodGet, url, http.NoBody, "Range", "bytes=5000-")
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, status)
	status, h, got = do(t, http.MethodHead, url, http.NoBody)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "1000", h.Get("Content-Length"))
	require.Empty(t, got)
	status, h, _ = do(t, http.MethodDelete, url, http.NoBody)
	require.Equal(t, http.StatusMethodNotAllowed, status)
	require.Equal(t, "GET, HEAD", h.Get("Allow"))
}

func TestNoPathLeadsOutOfTheFolder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	put(t, b, key, mediatest.Picture(3, 1000))
	secret := filepath.Join(filepath.Dir(b.dir), "secret.png")
	require.NoError(t, os.WriteFile(secret, []byte("SECRET"), 0o600))
	require.NoError(t, os.Symlink(secret, filepath.Join(b.dir, "objects", "pictures", "link.png")))
	require.NoError(t, os.Symlink(filepath.Dir(b.dir), filepath.Join(b.dir, "objects", "up")))
	host := strings.TrimPrefix(b.url, "http://")
	for _, path := range []string{
		"/media/../secret.png", "/media/..%2fsecret.png", "/media/%2e%2e/%2e%2e/secret.png", "/media/pictures/../../../secret.png", "/media//etc/passwd",
		"/media/..\\secret.png", "/media/pictures/link.png", "/media/up/secret.png", "/media/pictures", "/media/pictures/aa/", "/media/", "/media/tmp",
		"/media/secret.png%00.png", "/media/private/staged/x",
	} {
		conn, err := net.Dial("tcp", host)
		require.NoError(t, err)
		_, err = conn.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		require.NotContains(t, string(answer), "SECRET", path)
		require.NotContains(t, string(answer), " 200 ", path)
	}
}

func TestObjectsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	data := mediatest.Picture(3, 1000)
	put(t, b, key, data)
	half := filepath.Join(b.dir, "tmp", "half-written")
	require.NoError(t, os.WriteFile(half, data[:10], 0o600))
	young := filepath.Join(b.dir, "tmp", "being-written")
	require.NoError(t, os.WriteFile(young, data[:10], 0o600))
	others := filepath.Join(b.dir, "tmp", "video", "in")
	require.NoError(t, os.MkdirAll(filepath.Dir(others), 0o700))
	require.NoError(t, os.WriteFile(others, data[:10], 0o600))
	old := b.clock.Now().Add(-2 * time.Hour)
	for _, name := range []string{half, filepath.Dir(others)} {
		require.NoError(t, os.Chtimes(name, old, old))
	}
	again := open(t, b)
	require.FileExists(t, young, "another process may be writing it")
	left, err := os.ReadDir(filepath.Dir(young))
	require.NoError(t, err)
	require.Len(t, left, 2, "and nothing of what was tried")
	info, err := again.Stat(t.Context(), key)
	require.NoError(t, err)
	require.EqualValues(t, 1000, info.Size)
	require.NoFileExists(t, half, "what was being written when a process died")
	require.FileExists(t, others, "operators may let the folder be the one of all data")
}

func TestADiskThatRefusesMayBeSeenTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, os.RemoveAll(filepath.Join(b.dir, "tmp")))
	err := b.store.Put(t.Context(), key, bytes.NewReader([]byte("x")), 1, "image/png")
	require.Equal(t, social.CodeUnavailable, social.CodeOf(err))
	require.True(t, media.Passing(err))
}
