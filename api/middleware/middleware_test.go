package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/internal/requestid"
)

// run sends a request through a handler behind the middlewares given.
func run(t *testing.T, req *http.Request, handler gin.HandlerFunc, before ...gin.HandlerFunc) *httptest.ResponseRecorder {
	t.Helper()
	e, err := middleware.NewEngine(nil)
	require.NoError(t, err)
	e.Use(before...)
	e.Any("/", handler)
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, req)
	return rec
}

func TestBodyIsReadOnceAndWhole(t *testing.T) {
	t.Parallel()
	for _, length := range []int64{5, -1} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("hello"))
		req.ContentLength = length
		rec := run(t, req, func(c *gin.Context) {
			body, err := c.GetRawData()
			require.NoError(t, err)
			require.EqualValues(t, len(body), c.Request.ContentLength)
			c.String(http.StatusOK, string(body))
		}, middleware.Body(5))
		require.Equal(t, "hello", rec.Body.String())
		req = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("hello!"))
		req.ContentLength = max(length, length*6/5)
		rec = run(t, req, func(*gin.Context) { t.Error("let through") }, middleware.Body(4))
		require.Equal(t, http.StatusRequestEntityTooLarge, rec.Code)
	}
}

func TestRequestIDReachesTheContext(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	req.Header.Set(middleware.RequestIDHeader, "abc")
	rec := run(t, req, func(c *gin.Context) { c.String(200, requestid.From(c.Request.Context())) }, middleware.RequestID())
	require.Equal(t, "abc", rec.Body.String())
}

func TestDeadlineEndsTheContext(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	run(t, req, func(c *gin.Context) {
		<-c.Request.Context().Done()
		_, ok := c.Request.Context().Deadline()
		require.True(t, ok)
	}, middleware.Deadline(time.Millisecond))
}

// net/http must see ErrAbortHandler itself, to end the connection.
func TestAbortPassesThroughRecovery(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	require.PanicsWithError(t, http.ErrAbortHandler.Error(), func() {
		run(t, req, func(*gin.Context) { panic(http.ErrAbortHandler) }, middleware.Recover(nil))
	})
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	all := func(*gin.Context) bool { return true }
	_, err := middleware.Metrics(reg, all)
	require.NoError(t, err)
	_, err = middleware.Metrics(reg, all)
	require.Error(t, err)
}

func TestWhatLastsIsCountedButNotTimed(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	metrics, err := middleware.Metrics(reg, func(c *gin.Context) bool { return c.FullPath() != "/stream" })
	require.NoError(t, err)
	engine, err := middleware.NewEngine(nil)
	require.NoError(t, err)
	engine.Use(metrics)
	for _, path := range []string{"/stream", "/short"} {
		engine.GET(path, func(*gin.Context) {})
		engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	}
	families, err := reg.Gather()
	require.NoError(t, err)
	routes := map[string][]string{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "route" {
					routes[f.GetName()] = append(routes[f.GetName()], l.GetValue())
				}
			}
		}
	}
	require.ElementsMatch(t, []string{"/stream", "/short"}, routes["swiper_http_requests_total"])
	require.Equal(t, []string{"/short"}, routes["swiper_http_request_seconds"])
}

func TestIsJSON(t *testing.T) {
	t.Parallel()
	require.True(t, middleware.IsJSON(http.Header{"Content-Type": {"application/json; charset=UTF-8"}}))
	require.False(t, middleware.IsJSON(http.Header{"Content-Type": {"application/json", "text/plain"}}))
	require.False(t, middleware.IsJSON(http.Header{}))
	for coding, ok := range map[string]bool{"identity": true, "gzip": false, "br": false, "gzip, identity": false, "": false} {
		require.Equal(t, ok, middleware.IsJSON(http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {coding}}), coding)
	}
}
