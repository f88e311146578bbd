package middleware_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/framing"
	"github.com/swiperhq/swiper/api/middleware"
)

// busy is a node with few places whose handler holds requests until told.
type busy struct {
	t       *testing.T
	engine  *gin.Engine
	refuse  framing.Refuse
	reg     *prometheus.Registry
	entered chan string
	release chan struct{}
	wg      sync.WaitGroup
}

const (
	list   = "/list"
	deck   = "/deck"
	action = "/action"
)

func newBusy(t *testing.T, places uint, wait time.Duration) *busy {
	t.Helper()
	b := &busy{t: t, reg: prometheus.NewRegistry(), entered: make(chan string, 100), release: make(chan struct{})}
	engine, err := middleware.NewEngine(nil)
	require.NoError(t, err)
	admission, err := middleware.NewAdmission(middleware.AdmissionOptions{
		MaxInFlight: places, Wait: wait, Registerer: b.reg,
		Class: func(_, route string) middleware.Class {
			return map[string]middleware.Class{list: middleware.ClassList, deck: middleware.ClassDeck, action: middleware.ClassAction}[route]
		},
	})
	require.NoError(t, err)
	engine.Use(admission.Door, admission.Place)
	for _, path := range []string{list, deck, action} {
		engine.GET(path, func(c *gin.Context) {
			b.entered <- path
			<-b.release
			c.String(http.StatusOK, "done")
		})
	}
	b.engine, b.refuse = engine, admission.Refuse
	return b
}

// ask gives the answer to a request that is refused, or let through and let go.
func (b *busy) ask(ctx context.Context, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	b.engine.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	return rec
}

// start begins n requests and waits until they are handled or wait for a place.
func (b *busy) start(path string, n int, statuses chan<- int) {
	b.t.Helper()
	want := b.gauge("swiper_http_in_flight") + b.gauge("swiper_http_waiting") + n
	for range n {
		b.wg.Go(func() { statuses <- b.ask(b.t.Context(), path).Code })
	}
	require.Eventually(b.t, func() bool {
		return b.gauge("swiper_http_in_flight")+b.gauge("swiper_http_waiting") == want
	}, 10*time.Second, time.Millisecond)
}

func (b *busy) gauge(name string) int {
	b.t.Helper()
	families, err := b.reg.Gather()
	require.NoError(b.t, err)
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return int(m.GetGauge().GetValue() + m.GetCounter().GetValue())
		}
	}
	b.t.Fatalf("no metric %s", name)
	return 0
}

func (b *busy) requireRefused(path string) {
	b.t.Helper()
	rec := b.ask(b.t.Context(), path)
	require.Equal(b.t, http.StatusServiceUnavailable, rec.Code, path)
	require.Contains(b.t, rec.Body.String(), `"overloaded"`)
	seconds, err := strconv.Atoi(rec.Header().Get("Retry-After"))
	require.NoError(b.t, err)
	require.Positive(b.t, seconds)
}

// requireRefusedUnread wants of a full node that a request which the server has not
// read is answered as at the door, where the answer leaves the connection as it is.
func (b *busy) requireRefusedUnread(path string) {
	b.t.Helper()
	door := b.ask(b.t.Context(), path)
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b.refuse([]byte("GET "+path+"?a=b HTTP/1.1\r\nHost: x\r\nconnection: Keep-Alive\r\n\r\n"), 0))), nil)
	require.NoError(b.t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	require.NoError(b.t, resp.Body.Close())
	require.Equal(b.t, door.Code, resp.StatusCode)
	require.Equal(b.t, door.Body.String(), string(body))
	for name := range door.Header() {
		require.Equal(b.t, door.Header()[name], resp.Header[name], name)
	}
	require.Equal(b.t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	for _, request := range []string{
		"GET " + path + " HTTP/1.0\r\n\r\n",
		"GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"GET " + path + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection:upgrade\r\n\r\n",
		"HEAD " + path + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"nonsense",
		"",
	} {
		require.Nil(b.t, b.refuse([]byte(request), 0), request)
	}
}

// Lists are shed first, then decks; swipes get in as long as anybody does, and
// all that were let wait are answered.
func TestListsAreShedFirstAndSwipesFlow(t *testing.T) {
	t.Parallel()
	const places = 4
	b := newBusy(t, places, time.Minute)
	statuses := make(chan int, 100)
	b.start(list, places, statuses)   // every place is taken
	b.start(list, places/4, statuses) // a quarter as many lists wait
	b.requireRefused(list)
	b.start(deck, places/4, statuses)
	b.requireRefused(list)
	b.requireRefused(deck)
	b.start(action, places/2, statuses)
	b.requireRefused(action)
	require.Equal(t, 4, b.gauge("swiper_http_refused_total"), "at the door")
	b.requireRefusedUnread(action)

	close(b.release)
	b.wg.Wait()
	close(statuses)
	count := 0
	for status := range statuses {
		require.Equal(t, http.StatusOK, status)
		count++
	}
	require.Equal(t, 2*places, count)
	require.Equal(t, http.StatusOK, b.ask(t.Context(), list).Code, "and then everybody is welcome")
	for _, path := range []string{list, action} {
		request := []byte("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
		require.Nil(t, b.refuse(request, time.Minute))
		require.NotNil(t, b.refuse(request, time.Minute+1), "what was not looked at for longer than it may wait is late")
	}
}

func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	b := newBusy(t, 1, time.Millisecond)
	statuses := make(chan int, 1)
	b.start(action, 1, statuses)
	b.requireRefused(action)
	close(b.release)
	require.Equal(t, http.StatusOK, <-statuses)

	hung := newBusy(t, 1, time.Minute)
	hung.start(action, 1, statuses)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, http.StatusServiceUnavailable, hung.ask(ctx, action).Code, "its client is gone")
	close(hung.release)
	<-statuses
}

// A panic gives the place back.
func TestPanicGivesThePlaceBack(t *testing.T) {
	t.Parallel()
	admission, err := middleware.NewAdmission(middleware.AdmissionOptions{
		MaxInFlight: 1, Wait: time.Millisecond, Registerer: prometheus.NewRegistry(),
		Class: func(_, _ string) middleware.Class { return middleware.ClassAction },
	})
	require.NoError(t, err)
	for range 3 {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		require.PanicsWithError(t, http.ErrAbortHandler.Error(), func() {
			run(t, req, func(*gin.Context) { panic(http.ErrAbortHandler) }, admission.Place)
		})
	}
}

func BenchmarkAdmission(b *testing.B) {
	admission, err := middleware.NewAdmission(middleware.AdmissionOptions{
		MaxInFlight: 1024, Wait: time.Second, Registerer: prometheus.NewRegistry(),
		Class: func(_, _ string) middleware.Class { return middleware.ClassAction },
	})
	require.NoError(b, err)
	engine, err := middleware.NewEngine(nil)
	require.NoError(b, err)
	engine.GET("/bare", func(*gin.Context) {})
	engine.GET("/adapted", admission.Place, func(*gin.Context) {})
	for _, path := range []string{"/bare", "/adapted"} {
		b.Run(path[1:], func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				req := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
				for pb.Next() {
					engine.ServeHTTP(httptest.NewRecorder(), req)
				}
			})
		})
	}
}
