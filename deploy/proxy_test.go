package deploy_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testnginx"
)

// proxied is the real nginx with one of the configurations in front of a node.
type proxied struct {
	address string
	secure  bool
}

func startProxy(t *testing.T, conf string, node http.Handler) *proxied {
	t.Helper()
	testnginx.Program(t)
	behind := httptest.NewServer(node)
	t.Cleanup(behind.Close)
	locations, err := os.ReadFile("nginx/cluster-locations.conf")
	require.NoError(t, err)
	dir := t.TempDir()
	pem, key := testnginx.Certificate(t, dir, "api.example.com")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxied{address: l.Addr().String(), secure: strings.Contains(conf, "listen 443 ssl")}
	require.NoError(t, l.Close())
	conf = strings.NewReplacer("/etc/ssl/swiper.pem", pem, "/etc/ssl/swiper.key", key, "listen [::]:443 ssl http2;", "").Replace(conf)
	conf = regexp.MustCompile(`listen (443|8000)\b`).ReplaceAllString(conf, "listen "+p.address)
	conf = regexp.MustCompile(`server 127\.0\.0\.1:8[012]80\b`).ReplaceAllString(conf, "server "+behind.Listener.Addr().String())
	files := map[string]string{"site.conf": conf, "swiper-locations.conf": string(locations)}
	testnginx.Start(t, dir, testnginx.Write(t, dir, files), p.address)
	return p
}

func (p *proxied) dial(t *testing.T) net.Conn {
	t.Helper()
	var conn net.Conn
	var err error
	if p.secure {
		conn, err = (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", p.address)
	} else {
		conn, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", p.address)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// post gives the status of the answer to a body of so many bytes.
func (p *proxied) post(t *testing.T, method, path string, size int) int {
	t.Helper()
	conn := p.dial(t)
	_, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", method, path, size)
	require.NoError(t, err)
	go func() { _, _ = conn.Write(bytes.Repeat([]byte("x"), size)) }() // nginx may refuse before it has read it
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// node answers as far as these tests ask: the length of what was sent, and
// connections that stay open.
func node(t *testing.T) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/realtime", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" || !strings.EqualFold(r.Header.Get("Connection"), "upgrade") || r.Host != "api.example.com:8443" {
			http.Error(w, fmt.Sprint(r.Host, r.Header), http.StatusTeapot)
			return
		}
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		line, _ := buf.ReadString('\n')
		_, _ = io.WriteString(conn, "heard "+line)
	})
	mux.HandleFunc("/v1/realtime/sse", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: first\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // the client has read the first
	})
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		if n, err := io.Copy(io.Discard, r.Body); err != nil || n != r.ContentLength {
			t.Errorf("%s: %d of %d bytes: %v", r.URL, n, r.ContentLength, err)
		}
	})
	return mux
}

func TestWhatProxiesLetThrough(t *testing.T) {
	t.Parallel()
	confs := map[string]string{"door": documents(t, "kubernetes/configmap.yaml")[1].Data["default.conf"]}
	for _, name := range []string{"swiper", "cluster", "compose"} {
		text, err := os.ReadFile("nginx/" + name + ".conf")
		require.NoError(t, err)
		confs[name] = string(text)
	}
	for name, conf := range confs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProxy(t, conf, node(t))

			conn := p.dial(t)
			_, err := io.WriteString(conn, "GET /v1/realtime HTTP/1.1\r\nHost: api.example.com:8443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
			require.NoError(t, err)
			in := bufio.NewReader(conn)
			resp, err := http.ReadResponse(in, nil)
			require.NoError(t, err)
			defer resp.Body.Close()
			require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode, "a page's Origin has its port, and so must Host")
			_, err = io.WriteString(conn, "a word\n")
			require.NoError(t, err)
			line, err := in.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "heard a word\n", line)

			conn = p.dial(t)
			_, err = io.WriteString(conn, "GET /v1/realtime/sse HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
			require.NoError(t, err)
			resp, err = http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			line, err = bufio.NewReader(resp.Body).ReadString('\n')
			require.NoError(t, conn.Close()) // or closing the body would wait for more of it
			_ = resp.Body.Close()
			require.NoError(t, err, "an event waits in the proxy")
			require.Equal(t, "data: first\n", line)

			const form = 10<<20 + 16<<10
			for _, one := range []struct {
				method, path string
				size, want   int
			}{
				{http.MethodPut, "/v1/me/avatar", form, http.StatusOK},
				{http.MethodPut, "/v1/me/video", 20<<20 + 16<<10, http.StatusOK},
				{http.MethodPost, "/v1/me/photos", form, http.StatusOK},
				{http.MethodPut, "/v1/me/avatar", 12 << 20, http.StatusRequestEntityTooLarge},
				{http.MethodPost, "/v1/me/photos", 12 << 20, http.StatusRequestEntityTooLarge},
				{http.MethodPut, "/v1/me/video", 22 << 20, http.StatusRequestEntityTooLarge},
				{http.MethodPost, "/v1/swipes", 60 << 10, http.StatusOK},
				{http.MethodPost, "/v1/swipes", 70 << 10, http.StatusRequestEntityTooLarge},
			} {
				require.Equal(t, one.want, p.post(t, one.method, one.path, one.size), "%s %d", one.path, one.size)
			}
		})
	}
}
