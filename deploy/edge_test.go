package deploy_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testnginx"
)

// edge is the real nginx with nginx/edge.conf in front of an origin.
type edge struct {
	client *http.Client
	url    string
	trips  atomic.Int64 // to the origin
	origin atomic.Pointer[http.HandlerFunc]
}

func startEdge(t *testing.T) *edge {
	t.Helper()
	testnginx.Program(t)
	e := &edge{}
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.trips.Add(1)
		(*e.origin.Load())(w, r)
	}))
	t.Cleanup(origin.Close)
	text, err := os.ReadFile("nginx/edge.conf")
	require.NoError(t, err)
	dir := t.TempDir()
	pem, key := testnginx.Certificate(t, dir, "static.example.com")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	conf := string(text)
	for from, to := range map[string]string{
		"/etc/ssl/swiper.pem": pem, "/etc/ssl/swiper.key": key,
		"/var/cache/nginx/swiper":    filepath.Join(dir, "cache"),
		"listen 443 ssl http2;":      "listen " + address + " ssl http2;",
		"listen [::]:443 ssl http2;": "",
		"server 127.0.0.1:8080 ":     "server " + origin.Listener.Addr().String() + " ",
	} {
		require.Contains(t, conf, from)
		conf = strings.ReplaceAll(conf, from, to)
	}
	testnginx.Start(t, dir, testnginx.Write(t, dir, map[string]string{"site.conf": conf}), address)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	e.client, e.url = &http.Client{Transport: transport, Timeout: 20 * time.Second, CheckRedirect: stay}, "https://"+address
	return e
}

func (e *edge) answers(h http.HandlerFunc) { e.origin.Store(&h) }

// get gives the status, how the edge came by the answer, and the body.
func (e *edge) get(t *testing.T, path string, headers ...string) (status int, cache, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.url+path, nil)
	if err != nil {
		t.Error(err)
		return 0, "", ""
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := e.client.Do(req)
	if err != nil {
		t.Error(err)
		return 0, "", ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, resp.Header.Get("X-Cache-Status"), string(text)
}

func picture(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = io.WriteString(w, "a picture")
}

func TestEdge(t *testing.T) {
	t.Parallel()
	e := startEdge(t)

	e.answers(picture)
	for i, want := range []string{"MISS", "HIT", "HIT"} {
		// Neither a query nor who asks makes it another picture.
		status, cache, body := e.get(t, "/media/a.jpg?"+strings.Repeat("x", i), "Cookie", "a=b", "Authorization", "Bearer x")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, want, cache)
		require.Equal(t, "a picture", body)
	}
	require.EqualValues(t, 1, e.trips.Load())
	status, _, body := e.get(t, "/media/a.jpg", "Range", "bytes=2-4")
	require.Equal(t, http.StatusPartialContent, status)
	require.Equal(t, "pic", body)

	t.Run("one trip for a hundred", func(t *testing.T) {
		before, held := e.trips.Load(), make(chan struct{})
		e.answers(func(w http.ResponseWriter, r *http.Request) {
			<-held
			picture(w, r)
		})
		var all sync.WaitGroup
		var good, asked atomic.Int64
		for range 100 {
			all.Go(func() {
				asked.Add(1)
				if status, _, body := e.get(t, "/media/first.jpg"); status == http.StatusOK && body == "a picture" {
					good.Add(1)
				}
			})
		}
		require.Eventually(t, func() bool { return asked.Load() == 100 && e.trips.Load() > before }, 10*time.Second, time.Millisecond)
		close(held)
		all.Wait()
		require.EqualValues(t, 100, good.Load())
		require.EqualValues(t, 1, e.trips.Load()-before)
	})

	t.Run("what was fetched before is there for the first visitor", func(t *testing.T) {
		e.answers(picture)
		e.get(t, "/media/fetched.jpg")
		_, cache, _ := e.get(t, "/media/fetched.jpg")
		require.Equal(t, "HIT", cache)
	})

	t.Run("what is out of date is served while the origin is away", func(t *testing.T) {
		e.answers(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=1")
			_, _ = io.WriteString(w, "old")
		})
		e.get(t, "/media/old.jpg")
		e.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		require.Eventually(t, func() bool {
			status, cache, body := e.get(t, "/media/old.jpg")
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, "old", body)
			return cache == "STALE" || cache == "UPDATING"
		}, 20*time.Second, 50*time.Millisecond)
	})

	t.Run("what has not arrived yet is found soon after", func(t *testing.T) {
		e.answers(http.NotFound)
		status, _, _ := e.get(t, "/media/late.jpg")
		require.Equal(t, http.StatusNotFound, status)
		e.answers(picture)
		require.Eventually(t, func() bool {
			status, _, _ := e.get(t, "/media/late.jpg")
			return status == http.StatusOK
		}, 20*time.Second, 50*time.Millisecond)
	})

	t.Run("nothing else goes through", func(t *testing.T) {
		before := e.trips.Load()
		for _, path := range []string{"/", "/v1/me", "/admin/settings", "/media"} {
			status, _, _ := e.get(t, path)
			require.Contains(t, []int{http.StatusNotFound, http.StatusMovedPermanently}, status, path)
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			req, err := http.NewRequestWithContext(t.Context(), method, e.url+"/media/a.jpg", nil)
			require.NoError(t, err)
			resp, err := e.client.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusForbidden, resp.StatusCode, method)
		}
		require.Equal(t, before, e.trips.Load())
	})
}
