package turn_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/api/turn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs an HTTP server that reads in turn and gives its address.
func serve(t *testing.T, turns *turn.Turns, h http.HandlerFunc) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &http.Server{Handler: h, ConnContext: turn.Context, ConnState: turn.Watch, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(turns.Listen(l))
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return "http://" + l.Addr().String()
}

// client gives one that makes a connection for each request under way.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// post gives the status of the answer, 0 if there is none.
func post(ctx context.Context, c *http.Client, url string) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("x"))
	if err != nil {
		return 0
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// Whoever has no turn is not handled until somebody's ends; who is let in keeps
// nobody waiting.
func TestOnlySoManyAreReadAtATime(t *testing.T) {
	t.Parallel()
	turns := turn.New(1)
	entered, goOn := make(chan string, 10), make(chan struct{})
	url := serve(t, turns, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/in" {
			turn.End(r.Context())
		}
		entered <- r.URL.Path
		<-goOn
	})
	c := client(t)
	answers := make(chan int, 10)
	send := func(path string) { go func() { answers <- post(t.Context(), c, url+path) }() }
	send("/in")
	send("/in")
	require.Equal(t, "/in", <-entered)
	require.Equal(t, "/in", <-entered, "the first was let in")
	send("/holds")
	require.Equal(t, "/holds", <-entered)
	require.Equal(t, 1, turns.Taken())
	send("/late")
	select {
	case path := <-entered:
		t.Fatal(path, "had no turn")
	case <-time.After(50 * time.Millisecond): // there is nothing to wait for
	}
	close(goOn)
	require.Equal(t, "/late", <-entered)
	for range 4 {
		require.Equal(t, http.StatusOK, <-answers)
	}
	require.Eventually(t, func() bool { return turns.Taken() == 0 }, 10*time.Second, time.Millisecond)
}

// The first and the latest are next in turn, so that on a server that cannot keep up
// some are in time and nobody is forgotten.
func TestTheFirstAndTheLatestAreNext(t *testing.T) {
	t.Parallel()
	turns := turn.New(1)
	entered, goOn := make(chan string, 10), make(chan struct{})
	url := serve(t, turns, func(_ http.ResponseWriter, r *http.Request) {
		entered <- r.URL.Path
		<-goOn
	})
	c := client(t)
	answers := make(chan int, 10)
	for i, path := range []string{"/holds", "/1", "/2", "/3", "/4", "/5"} {
		go func() { answers <- post(t.Context(), c, url+path) }()
		require.Eventually(t, func() bool { return turns.Taken() == 1 && turns.Waiting() == i }, 10*time.Second, time.Millisecond)
	}
	for _, want := range []string{"/holds", "/1", "/5", "/2", "/4", "/3"} {
		require.Equal(t, want, <-entered)
		goOn <- struct{}{}
		require.Equal(t, http.StatusOK, <-answers)
	}
	require.Eventually(t, func() bool { return turns.Taken() == 0 }, 10*time.Second, time.Millisecond)
}

// A client that sends half a request, or a byte too many, or goes away, has no turn
// meanwhile.
func TestNobodyIsWaitedForInATurn(t *testing.T) {
	t.Parallel()
	turns := turn.New(1)
	goOn := make(chan struct{})
	url := serve(t, turns, func(_ http.ResponseWriter, r *http.Request) {
		turn.End(r.Context())
		if r.URL.Path == "/slow" {
			<-goOn
		}
	})
	addr := strings.TrimPrefix(url, "http://")
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHo",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
		"GET /slow HTTP/1.1\r\nHost: x\r\n\r\nG", // one byte of the next
		"no request at all\r\n\r\n",
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		_, err = io.WriteString(conn, text)
		require.NoError(t, err)
	}
	c := client(t)
	for range 20 {
		require.Equal(t, http.StatusOK, post(t.Context(), c, url))
	}
	close(goOn)
	require.Eventually(t, func() bool { return turns.Taken() == 0 }, 10*time.Second, time.Millisecond)
}

// Whoever talks on over a connection of its own, as WebSockets do, needs no turns.
func TestHijackedConnectionsTakeNoTurns(t *testing.T) {
	t.Parallel()
	turns := turn.New(1)
	read, goOn := make(chan struct{}), make(chan struct{})
	url := serve(t, turns, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/hijack" {
			turn.End(r.Context())
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = rw.ReadString('\n')
		close(read)
		<-goOn // as if what was said took long
	})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /hijack HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return turns.Taken() == 0 }, 10*time.Second, time.Millisecond)
	_, err = io.WriteString(conn, "something\n")
	require.NoError(t, err)
	<-read
	require.Equal(t, http.StatusOK, post(t.Context(), client(t), url))
	close(goOn)
}

func TestEndWithoutATurn(t *testing.T) {
	t.Parallel()
	turn.End(context.Background())
}
