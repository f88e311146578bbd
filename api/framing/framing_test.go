package framing_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/api/framing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs an HTTP server on a watched listener and gives its address. It
// echoes bodies; /hijack echoes whatever follows.
func serve(t *testing.T) string {
	t.Helper()
	return serveRefusing(t, nil)
}

func serveRefusing(t *testing.T, refuse framing.Refuse) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = w.Write(body)
	})
	mux.HandleFunc("/hijack", func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
		_, _ = io.Copy(conn, rw)
	})
	return run(t, &http.Server{Handler: mux, ConnState: framing.Watch, ReadHeaderTimeout: time.Minute}, refuse)
}

// run serves until the test has ended and gives the address.
func run(t *testing.T, s *http.Server, refuse framing.Refuse) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(framing.Listen(l, refuse))
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return l.Addr().String()
}

// send writes all of text, from as many pieces as reader makes of it, and gives
// the answers until the server ends the connection or want have come.
func send(t *testing.T, addr string, text io.Reader, want int) (answers []string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	go func() { _, _ = io.Copy(struct{ io.Writer }{conn}, text) }()
	in := bufio.NewReader(conn)
	for range want {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers
		}
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		answers = append(answers, fmt.Sprintf("%d %s", resp.StatusCode, body))
	}
	return answers
}

func TestAmbiguousRequestsAreRefused(t *testing.T) {
	t.Parallel()
	addr := serve(t)
	const refused = "400 400 Bad Request"
	const post, get = "POST / HTTP/1.1\r\nHost: x\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"no body":                    {get, []string{"200 "}},
		"length":                     {post + "Content-Length: 2\r\n\r\nhi", []string{"200 hi"}},
		"chunks":                     {post + "transfer-encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\n\r\n", []string{"200 hi"}},
		"pipelined":                  {get + post + "Content-Length: 2\r\n\r\nhi" + get, []string{"200 ", "200 hi", "200 "}},
		"pipelined behind chunks":    {post + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n" + get, []string{"200 hi", "200 "}},
		"line feeds only":            {"POST / HTTP/1.1\nHost: x\nContent-Length: 2\n\nhi", []string{"200 hi"}},
		"length and coding":          {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{refused}},
		"coding and length":          {post + "Transfer-Encoding: chunked\r\ncontent-LENGTH: 5\r\n\r\n0\r\n\r\n", []string{refused}},
		"same length twice":          {post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", []string{refused}},
		"two lengths":                {post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", []string{refused}},
		"length as a list":           {post + "Content-Length: 2, 2\r\n\r\nhi", []string{refused}},
		"length of nothing":          {post + "Content-Length:\r\n\r\n", []string{refused}},
		"length with a sign":         {post + "Content-Length: +2\r\n\r\nhi", []string{refused}},
		"length far behind":          {post + "Content-Length:" + strings.Repeat(" ", 300) + "2\r\n\r\nhi", []string{refused}},
		"folded":                     {post + "Content-Length:\r\n 2\r\n\r\nhi", []string{refused}},
		"coding of an old client":    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{refused}},
		"coding twice":               {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{refused}},
		"unknown coding":             {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", []string{"501 Unsupported transfer encoding"}},
		"line feeds only, ambiguous": {"POST / HTTP/1.1\nHost: x\nContent-Length: 2\nContent-Length: 2\n\nhi", []string{refused}},
		"chunk size and line feed":   {post + "Transfer-Encoding: chunked\r\n\r\n2\nhi\r\n0\r\n\r\n", []string{"400 "}},
		"chunk and line feed":        {post + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\n0\r\n\r\n", []string{"400 "}},
		"chunk of negative size":     {post + "Transfer-Encoding: chunked\r\n\r\n-2\r\nhi\r\n0\r\n\r\n", []string{"400 "}},
		"space before the colon":     {post + "Content-Length : 2\r\n\r\n", []string{refused + ": invalid header name"}},
		"pipelined behind a good one": {
			post + "Content-Length: 2\r\n\r\nhi" + post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi" + get, []string{"200 hi", refused},
		},
		"long target": {"GET /?" + strings.Repeat("a", 4000) + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{"200 "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, send(t, addr, strings.NewReader(c.text), len(c.want)))
			require.Equal(t, c.want, send(t, addr, iotest.OneByteReader(strings.NewReader(c.text)), len(c.want)), "byte by byte")
		})
	}
}

// What follows an ambiguous request is never taken for a request.
func TestNothingIsReadBehindAnAmbiguousRequest(t *testing.T) {
	t.Parallel()
	answers := send(t, serve(t), strings.NewReader(
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /stolen HTTP/1.1\r\nHost: x\r\n\r\n"), 10)
	require.Len(t, answers, 1)
}

func TestHijackedConnectionsAreLeftAlone(t *testing.T) {
	t.Parallel()
	addr := serve(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, "GET /hijack HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	const free = "X\nContent-Length: 1\nContent-Length: 1\n\nstill here\n"
	_, err = io.WriteString(conn, free)
	require.NoError(t, err)
	echoed := make([]byte, len(free))
	_, err = io.ReadFull(in, echoed)
	require.NoError(t, err)
	require.Equal(t, free, string(echoed))
}

// FuzzInStep holds the watch against net/http: whatever requests net/http reads
// off a connection with one body length each, the watch reads the same ones.
func FuzzInStep(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\nHost: x\n\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nA: b\r\n\r\nGET / HTTP/1.0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		watched, _ := framing.Heads(text)
		in := bufio.NewReader(strings.NewReader(string(text)))
		for read := 0; ; read++ {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if read >= watched {
				_, ambiguous := framing.Heads(text)
				require.True(t, ambiguous, "request %d went by unseen", read+1)
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
		}
	})
}

// A request with a body is carried out whether or not its client waits, one after
// the other on a connection, and the end of the server ends all of them.
func TestBodiesWhoseClientsLeave(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	begun, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	s := &http.Server{ConnState: framing.Watch, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
		if r.URL.Path == "/slow" {
			close(begun)
			<-goOn
			ended <- r.Context().Err()
		}
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(framing.Listen(l, nil))
	}()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	in := bufio.NewReader(conn)
	for range 3 {
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
		require.NoError(t, err)
		resp, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, "hi", string(body))
	}
	_, err = io.WriteString(conn, "POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
	require.NoError(t, err)
	<-begun
	require.NoError(t, conn.Close())
	close(goOn)
	require.NoError(t, <-ended)
	require.NoError(t, s.Close())
	<-done
}
