package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/social"
)

// dial opens a connection of our own, to misbehave on.
func (b *bundle) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

func readAnswer(t *testing.T, conn net.Conn) answer {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp, body}
}

// A client that sends all of a large body before it reads still gets its answer.
func TestOversizedBodies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, size := range []int{64<<10 + 1, 1 << 20, 10 << 20} {
		conn := b.dial(t)
		_, err := fmt.Fprintf(conn, "POST /v1/swipes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", size)
		require.NoError(t, err)
		_, err = io.Copy(conn, io.LimitReader(spaces{}, int64(size)))
		require.NoError(t, err)
		readAnswer(t, conn).requireProblem(t, 413, social.CodeInvalidRequest)
	}
	a := b.call(t, ada, "POST", "/v1/swipes", strings.Repeat(" ", 64<<10-27)+`{"user_id":2,"mark":"like"}`)
	require.Equal(t, 200, a.StatusCode, "64 KiB are allowed")
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) { return copy(p, strings.Repeat(" ", len(p))), nil }

// An endless body is refused while it is still coming, on any path.
func TestEndlessBodies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/v1/swipes", "/v1/swipes/rewind", "/nowhere"} {
		req, err := http.NewRequest(http.MethodPost, b.url+path, io.NopCloser(spaces{}))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		b.send(t, req).requireProblem(t, 413, social.CodeInvalidRequest)
	}
}

// A body that trickles past the limit is refused at once, not when the client tires.
func TestTricklingBodyIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn := b.dial(t)
	_, err := fmt.Fprintf(conn, "POST /v1/swipes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
		64<<10+1, strings.Repeat(" ", 64<<10+1))
	require.NoError(t, err)
	start := time.Now()
	readAnswer(t, conn).requireProblem(t, 413, social.CodeInvalidRequest)
	require.Less(t, time.Since(start), 10*time.Second, "the read timeout is 15 s")
}

func TestBrokenAndSlowBodies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	slow := b.serve(t, func(s *http.Server) { s.ReadTimeout = 100 * time.Millisecond })
	conn := slow.dial(t)
	_, err := io.WriteString(conn, "POST /v1/swipes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{")
	require.NoError(t, err)
	readAnswer(t, conn).requireProblem(t, 408, social.CodeInvalidRequest)

	conn = b.dial(t)
	_, err = io.WriteString(conn, "POST /v1/swipes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{")
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	readAnswer(t, conn).requireProblem(t, 400, social.CodeInvalidRequest)
	require.Empty(t, b.fake.all())
}

func TestLargeHeadersAnswer431(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn := b.dial(t)
	_, err := io.WriteString(conn, "GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Large: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
	require.NoError(t, err)
	require.Equal(t, 431, readAnswer(t, conn).StatusCode)
}

func TestServerHasEveryTimeout(t *testing.T) {
	t.Parallel()
	s := api.NewServer("127.0.0.1:0", http.NotFoundHandler(), time.Minute, discard())
	require.Equal(t, 5*time.Second, s.ReadHeaderTimeout)
	require.Equal(t, 15*time.Second, s.ReadTimeout)
	require.Greater(t, s.WriteTimeout, s.ReadTimeout+time.Minute)
	require.NotZero(t, s.IdleTimeout)
	require.LessOrEqual(t, s.MaxHeaderBytes, 64<<10)
}

func TestPanicIsInternalAndSaysNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	b.fake.panics = true
	req := b.request(t, ada, "POST", "/v1/swipes", `{"user_id":2,"mark":"like"}`)
	a := b.send(t, req)
	a.requireProblem(t, 500, social.CodeInternal)
	require.NotContains(t, string(a.body), "fault")
	doc.require(t, req, a)
	require.Contains(t, b.log.String(), "a fault")
}

func TestRequestsEndAtTheirDeadline(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *api.Options) { o.RequestTimeout = 20 * time.Millisecond })
	b.fake.wait = true
	b.call(t, ada, "GET", "/v1/me", "").requireProblem(t, 504, social.CodeTimeout)
}

func TestTooManyAtOnceAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *api.Options) { o.MaxInFlight, o.Wait = 1, time.Millisecond })
	hold := make(chan struct{})
	entered := make(chan struct{})
	b.fake.hold(entered, hold)
	done := make(chan int)
	first := b.request(t, ada, "GET", "/v1/me", "")
	go func() {
		status := 0
		if resp, err := b.client.Do(first); err == nil {
			status = resp.StatusCode
			_ = resp.Body.Close()
		}
		done <- status
	}()
	<-entered
	a := b.call(t, ada, "GET", "/v1/quotas", "")
	a.requireProblem(t, 503, social.CodeOverloaded)
	require.Equal(t, "1", a.Header.Get("Retry-After"))
	close(hold)
	require.Equal(t, 200, <-done)
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/quotas", "").StatusCode)
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for given, kept := range map[string]bool{
		"a-b_C9": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "a b": false, "a\tb": false, "ü": false, "a;b": false, `"}`: false,
	} {
		req := b.request(t, ada, "GET", "/v1/me", "")
		req.Header["X-Request-Id"] = []string{given}
		got := b.send(t, req).Header.Get("X-Request-ID")
		if kept {
			require.Equal(t, given, got)
		} else {
			require.Regexp(t, `^[A-Za-z0-9]{16,64}$`, got)
		}
	}
}

func TestAccessLogNamesTheCallAndNoSecret(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *api.Options) { o.TrustedProxies = []string{"127.0.0.1"} })
	req := b.request(t, ada, "GET", "/v1/likes?limit=3", "")
	req.Header.Set("X-Request-Id", "abc")
	req.Header.Set("X-Forwarded-For", "203.0.113.9")
	require.Equal(t, 200, b.send(t, req).StatusCode)
	for _, part := range []string{`"request_id":"abc"`, `"path":"/v1/likes"`, `"status":200`, `"user_id":1`, `"client":"203.0.113.9"`} {
		require.Contains(t, b.log.String(), part)
	}
	require.NotContains(t, b.log.String(), b.token(t, ada))
	require.NotContains(t, b.log.String(), "limit=3")

	untrusting := setup(t)
	req = untrusting.request(t, ada, "GET", "/v1/me", "")
	req.Header.Set("X-Forwarded-For", "203.0.113.9")
	untrusting.send(t, req)
	require.NotContains(t, untrusting.log.String(), "203.0.113.9")
}

func TestMetricsCountByRoute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.call(t, ada, "GET", "/v1/friends/2", "")
	b.call(t, ada, "GET", "/v1/friends/3", "")
	b.call(t, ada, "BREW", "/made/up", "")
	families, err := b.reg.Gather()
	require.NoError(t, err)
	counts := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() != "swiper_http_requests_total" {
				continue
			}
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			counts[strings.Join(labels, " ")] = m.GetCounter().GetValue()
		}
	}
	require.Equal(t, map[string]float64{"GET /v1/friends/:user_id 200": 1, "GET /v1/friends/:user_id 404": 1, "other none 404": 1}, counts)
}
