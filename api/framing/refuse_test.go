package framing_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/framing"
)

// busy refuses what asks for it in its path, and takes down what it is shown.
type busy struct{ shown chan string }

func (b *busy) refuse(request []byte, _ time.Duration) []byte {
	b.shown <- string(request)
	if bytes.Contains(request, []byte("/busy")) {
		return []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")
	}
	return nil
}

func TestWholeRequestsAreRefused(t *testing.T) {
	t.Parallel()
	const refused, get, busyGet = "503 busy", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /busy HTTP/1.1\r\nHost: x\r\n\r\n"
	const post, busyPost = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", "POST /busy HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
	b := &busy{shown: make(chan string, 100)}
	addr := serveRefusing(t, b.refuse)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	in := bufio.NewReader(conn)
	ask := func(text string) string {
		_, err := io.WriteString(conn, text)
		require.NoError(t, err)
		return answer(t, in)
	}
	// Whatever went before on the connection, and with nothing left behind of it.
	for i, c := range []struct{ text, want string }{
		{busyGet, refused},
		{busyPost, refused},
		{post, "200 hi"},
		{busyPost, refused},
		{post, "200 hi"},
		{busyGet, refused},
		{busyGet, refused},
		{post, "200 hi"},
		{get, "200 "},
	} {
		require.Equal(t, c.want, ask(c.text), i)
		require.Equal(t, c.text, <-b.shown, i)
	}

	// What comes right behind a request without a body may be let through: net/http still
	// watches whether the client has gone.
	require.Equal(t, "200 hi", ask(post))
	require.Equal(t, "200 ", ask(busyGet+busyGet), "more than one is the server's to sort out")
	require.Equal(t, "200 ", answer(t, in))
	require.Equal(t, "200 hi", ask(post))
	require.Equal(t, refused, ask("POST /busy HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"), "chunks, and whole")
	require.Equal(t, "400 400 Bad Request", ask("POST /busy HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi"), "ambiguous")
}

func answer(t *testing.T, in *bufio.Reader) string {
	t.Helper()
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

// refusedFor opens a connection that is refused again and again for so long.
func refusedFor(t *testing.T, addr string, d time.Duration) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	in := bufio.NewReader(conn)
	for begun := time.Now(); time.Since(begun) < d; {
		_, err := io.WriteString(conn, "GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		require.Equal(t, "503 busy", answer(t, in))
	}
	return conn, in
}

// A connection that was refused, or not used, for longer than a request may take is
// served all the same, and the request gets its time: from when it comes.
func TestTheFirstRequestComesLate(t *testing.T) {
	t.Parallel()
	const mayTake = 300 * time.Millisecond
	refuse := (&busy{make(chan string, 1<<20)}).refuse
	addr := run(t, &http.Server{
		ConnState: framing.Watch, ReadHeaderTimeout: mayTake, ReadTimeout: mayTake,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if r.Header.Get("Slow") != "" {
				select {
				case <-r.Context().Done(): // nobody has gone
					err = r.Context().Err()
				case <-time.After(mayTake / 3):
				}
			}
			_, _ = fmt.Fprint(w, string(body), err)
		}),
	}, refuse)
	const text = "POST / HTTP/1.1\r\nHost: x\r\nSlow: x\r\nContent-Length: 2\r\n\r\nhi"

	t.Run("whole", func(t *testing.T) {
		t.Parallel()
		conn, in := refusedFor(t, addr, 2*mayTake)
		for range 3 { // the next ones have their own time
			_, err := io.WriteString(conn, text)
			require.NoError(t, err)
			require.Equal(t, "200 hi<nil>", answer(t, in))
		}
	})
	t.Run("in pieces", func(t *testing.T) {
		t.Parallel()
		conn, in := refusedFor(t, addr, 2*mayTake)
		_, err := io.Copy(struct{ io.Writer }{conn}, iotest.OneByteReader(strings.NewReader(text)))
		require.NoError(t, err)
		require.Equal(t, "200 hi<nil>", answer(t, in))
	})
	t.Run("begun and left", func(t *testing.T) {
		t.Parallel()
		for _, part := range []string{"PO", text[:len(text)-1]} {
			conn, in := refusedFor(t, addr, mayTake/3)
			_, err := io.WriteString(conn, part)
			require.NoError(t, err)
			begun := time.Now()
			_, _ = io.Copy(io.Discard, in)
			require.Less(t, time.Since(begun), 10*time.Second, "it has no more time than others")
		}
	})
	t.Run("unused", func(t *testing.T) {
		t.Parallel()
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(3*mayTake)))
		_, err = conn.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "the server keeps it")
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		_, err = io.WriteString(conn, text)
		require.NoError(t, err)
		require.Equal(t, "200 hi<nil>", answer(t, bufio.NewReader(conn)))
	})
}

// kept tells of every connection that what was read last was kept waiting.
type kept struct {
	net.Listener

	waited time.Duration
}

func (l kept) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return waiting{c, l.waited}, err
}

type waiting struct {
	net.Conn

	waited time.Duration
}

func (w waiting) Waited() time.Duration { return w.waited }

func TestRefuseIsToldOfWaiting(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	told := make(chan time.Duration, 1)
	l = framing.Listen(kept{l, time.Second}, func(_ []byte, waited time.Duration) []byte {
		told <- waited
		return nil
	})
	defer l.Close()
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	_, err = io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	server, err := l.Accept()
	require.NoError(t, err)
	defer server.Close()
	_, err = server.Read(make([]byte, 100))
	require.NoError(t, err)
	require.Equal(t, time.Second, <-told)
}
