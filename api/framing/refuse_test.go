package framing_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// busy refuses what asks for it in its path, and takes down what it is shown.
type busy struct{ shown chan string }

func (b *busy) refuse(request []byte) []byte {
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
		{get, "200 "},
		{busyPost, refused},
		{post, "200 hi"},
		{busyGet, refused},
		{busyGet, refused},
		{post, "200 hi"},
	} {
		require.Equal(t, c.want, ask(c.text), i)
		require.Equal(t, c.text, <-b.shown, i)
	}

	require.Equal(t, "200 ", ask(busyGet+busyGet), "more than one is the server's to sort out")
	require.Equal(t, "200 ", answer(t, in))
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
