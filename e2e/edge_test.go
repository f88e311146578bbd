package e2e_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestEdge sends the real program what no HTTP library sends. Each is refused,
// nothing changes, and the node serves on.
func TestEdge(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--demo", "--data.dir", t.TempDir(), "--auth.key", authKey}})
	token := mint(t, p, 1, 1)[1]
	ann := &client{http: newHTTPClient(), base: p.HTTP, token: token}
	t.Cleanup(ann.http.CloseIdleConnections)
	alive := func(t *testing.T) {
		t.Helper()
		a := ann.call(t.Context(), http.MethodGet, "/v1/quotas", nil)
		require.NoError(t, a.sound())
	}
	before := ann.call(t.Context(), http.MethodGet, "/v1/me", nil)
	require.NoError(t, before.sound())

	head := "Host: x\r\nAuthorization: Bearer " + token + "\r\n"
	swipe := "POST /v1/swipes HTTP/1.1\r\n" + head + "Content-Type: application/json\r\n"
	const body = `{"user_id":2,"mark":"like"}`
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		for name, c := range map[string]struct {
			text   string
			status int
		}{
			"header of 1 MiB":              {"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 431},
			"1 MiB of headers":             {"GET /v1/me HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X: "+strings.Repeat("x", 1020)+"\r\n", 1<<10) + "\r\n", 431},
			"length and coding":            {swipe + "Content-Length: 27\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n" + body + "\r\n0\r\n\r\n", 400},
			"coding and length":            {swipe + "Transfer-Encoding: chunked\r\nContent-Length: 27\r\n\r\n" + body, 400},
			"two lengths":                  {swipe + "Content-Length: 27\r\nContent-Length: 0\r\n\r\n" + body, 400},
			"the same length twice":        {swipe + "Content-Length: 27\r\nContent-Length: 27\r\n\r\n" + body, 400},
			"negative length":              {swipe + "Content-Length: -1\r\n\r\n" + body, 400},
			"bare LF behind a chunk size":  {swipe + "Transfer-Encoding: chunked\r\n\r\n1b\n" + body + "\r\n0\r\n\r\n", 400},
			"bare LF behind a chunk":       {swipe + "Transfer-Encoding: chunked\r\n\r\n1b\r\n" + body + "\n0\r\n\r\n", 400},
			"another coding":               {swipe + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
			"no host":                      {"GET /v1/me HTTP/1.1\r\n\r\n", 400},
			"two hosts":                    {"GET /v1/me HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
			"NUL in a header":              {"GET /v1/me HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", 400},
			"space before a colon":         {"GET /v1/me HTTP/1.1\r\nHost : x\r\n\r\n", 400},
			"TLS":                          {"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", 400},
			"HTTP/9.9":                     {"GET /v1/me HTTP/9.9\r\nHost: x\r\n\r\n", 505},
			"a proxy's request":            {"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", 404},
			"path out of the tree":         {"GET /v1/../admin/settings HTTP/1.1\r\n" + head + "\r\n", 404},
			"escaped path out of the tree": {"GET /v1/%2e%2e/admin/settings HTTP/1.1\r\n" + head + "\r\n", 404},
			"token in the query":           {"GET /v1/me?access_token=" + token + " HTTP/1.1\r\nHost: x\r\n\r\n", 401},
			"two tokens":                   {"GET /v1/me HTTP/1.1\r\n" + head + "Authorization: Bearer x\r\n\r\n", 401},
			"gzip":                         {swipe + "Content-Encoding: gzip\r\nContent-Length: 27\r\n\r\n" + body, 400},
			"body that breaks off":         {swipe + "Content-Length: 27\r\n\r\n{", 400},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				require.Equal(t, c.status, exchange(t, p, c.text))
			})
		}
	})
	t.Run("gzip bomb", func(t *testing.T) {
		t.Parallel()
		var bomb bytes.Buffer
		w := gzip.NewWriter(&bomb)
		_, err := io.CopyN(w, zeros{}, 32<<20)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.Less(t, bomb.Len(), 64<<10)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.HTTP+"/v1/swipes", &bomb)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Content-Encoding", "gzip")
		requireRefused(t, "gzip bomb", ann.do(req))
	})
	t.Run("pipelined", func(t *testing.T) {
		t.Parallel()
		conn := dialProgram(t, p)
		_, err := io.WriteString(conn, strings.Repeat("GET /v1/quotas HTTP/1.1\r\n"+head+"\r\n", 50))
		require.NoError(t, err)
		in := bufio.NewReader(conn)
		for range 50 {
			resp, err := http.ReadResponse(in, nil)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusOK, resp.StatusCode)
		}
	})
	t.Run("rapid reset", func(t *testing.T) {
		t.Parallel()
		resets := rapidReset(1000)
		var wg sync.WaitGroup
		for range 50 {
			conn := dialProgram(t, p)
			wg.Go(func() {
				_, _ = conn.Write(resets) // the server may end it before it has read all
				_, _ = io.Copy(io.Discard, conn)
			})
		}
		wg.Wait()
		alive(t)
	})
	t.Run("slow headers", func(t *testing.T) {
		t.Parallel()
		conn, begun := dialProgram(t, p), time.Now()
		trickle(conn, "GET /v1/me HTTP/1.1\r\nHost: x\r\n"+strings.Repeat("X: y\r\n", 1000))
		require.WithinRange(t, time.Now(), begun.Add(4*time.Second), begun.Add(8*time.Second))
	})
	t.Run("slow body", func(t *testing.T) {
		t.Parallel()
		if testing.Short() {
			t.Skip("skipped: it takes 15 s")
		}
		conn, begun := dialProgram(t, p), time.Now()
		_, err := io.WriteString(conn, swipe+"Content-Length: 10000\r\n\r\n")
		require.NoError(t, err)
		trickle(conn, strings.Repeat(" ", 10000))
		require.WithinRange(t, time.Now(), begun.Add(14*time.Second), begun.Add(20*time.Second))
	})
	t.Run("many idle connections", func(t *testing.T) {
		t.Parallel()
		for range 500 {
			_, err := io.WriteString(dialProgram(t, p), "GET /v1/me HT")
			require.NoError(t, err)
		}
		alive(t)
	})
	t.Cleanup(func() {
		// t's context has ended by now; the program has not.
		a := (&client{http: ann.http, base: p.HTTP, token: token}).call(context.WithoutCancel(t.Context()), http.MethodGet, "/v1/me", nil)
		require.NoError(t, a.sound())
		require.Equal(t, string(before.body), string(a.body), "a refused request changed something")
	})
}

// TestTextsAreKeptAsTheyAre stores what would be markup, SQL or a template
// elsewhere, and reads the same text back, escaped for browsers.
func TestTextsAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: append(s.flags(t), "--demo", "--auth.key", authKey)})
			ann := &client{http: newHTTPClient(), base: p.HTTP, token: mint(t, p, 3, 3)[3], contract: readContract(t, p.HTTP)}
			t.Cleanup(ann.http.CloseIdleConnections)
			for _, text := range []string{
				`<script>alert(1)</script>`, `<img src=x onerror=x()>`, `'; DROP TABLE users; --`, `" OR 1=1`, `%s%n{{.}}${7*7}`,
				`\u0041\n`, `a&amp;b`, `𠮷野家👩‍👩‍👧‍👦`, `../../etc/passwd`, `null`,
			} {
				a := ann.call(t.Context(), http.MethodPatch, "/v1/me", map[string]any{"nickname": text, "bio": text})
				require.NoError(t, a.sound())
				a = ann.call(t.Context(), http.MethodGet, "/v1/me", nil)
				require.NoError(t, a.sound())
				require.NotContains(t, string(a.body), "<")
				var got struct{ Nickname, Bio string }
				a.into(t, &got)
				require.Equal(t, text, got.Nickname)
				require.Equal(t, text, got.Bio)
			}
		})
	}
}

func dialProgram(t *testing.T, p *program) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.HTTP, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(40*time.Second)))
	return conn
}

// exchange sends text, ends its side and gives the first answer's status. The server is
// read from meanwhile: it may answer before it has read all.
func exchange(t *testing.T, p *program, text string) int {
	t.Helper()
	conn := dialProgram(t, p)
	go func() {
		_, _ = io.WriteString(conn, text)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// trickle writes a byte every 50 ms until the server ends the connection, or
// answers and then ends it.
func trickle(conn net.Conn, text string) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, conn)
	}()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for i := range len(text) {
		select {
		case <-ended:
			return
		case <-tick.C:
			_, _ = io.WriteString(conn, text[i:i+1])
		}
	}
	<-ended
}

// rapidReset is HTTP/2 with prior knowledge: streams opened and reset at once.
func rapidReset(streams uint32) []byte {
	var b bytes.Buffer
	frame := func(kind, flags byte, stream uint32, payload []byte) {
		var header [9]byte
		binary.BigEndian.PutUint32(header[:4], uint32(len(payload))<<8|uint32(kind))
		header[4] = flags
		binary.BigEndian.PutUint32(header[5:], stream)
		b.Write(header[:])
		b.Write(payload)
	}
	fmt.Fprint(&b, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	frame(4, 0, 0, nil) // SETTINGS
	for i := range streams {
		frame(1, 5, 2*i+1, []byte{0x82, 0x84, 0x86, 0x41, 0x01, 'x'}) // HEADERS: GET / of x
		frame(3, 0, 2*i+1, []byte{0, 0, 0, 8})                        // RST_STREAM: CANCEL
	}
	return b.Bytes()
}
