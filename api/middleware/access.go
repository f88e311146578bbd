package middleware

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/internal/requestid"
)

// Access writes one line per request to the log. The path is the route's
// pattern, "" for none: people put phone numbers and tokens into paths, too.
// Neither the query nor any header is logged.
func Access(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !logger.Enabled(c.Request.Context(), slog.LevelInfo) {
			return // gin goes on by itself
		}
		start := time.Now()
		c.Next()
		logger.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
			slog.String("request_id", requestid.From(c.Request.Context())),
			slog.String("method", knownMethod(c.Request.Method)), slog.String("path", c.FullPath()),
			slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(0, c.Writer.Size())),
			slog.Duration("took", time.Since(start)), slog.String("client", c.ClientIP()), slog.Int64("user_id", int64(UserOf(c.Request.Context()))))
	}
}

// Metrics counts requests by route, method and status and times those that timed
// tells of by route and method, on reg: not what lasts for as long as a client
// sends or stays, which would hide how fast everything else is.
func Metrics(reg prometheus.Registerer, timed func(*gin.Context) bool) (gin.HandlerFunc, error) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "swiper_http_requests_total", Help: "Requests answered on the public listener.",
	}, []string{"route", "method", "status"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "swiper_http_request_seconds", Help: "Time from the request's headers to the end of its answer; without pictures and connections that stay open.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"route", "method"})
	for _, c := range []prometheus.Collector{requests, seconds} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		route, method := c.FullPath(), knownMethod(c.Request.Method)
		if route == "" {
			route = "none"
		}
		requests.WithLabelValues(route, method, strconv.Itoa(c.Writer.Status())).Inc()
		if timed(c) {
			seconds.WithLabelValues(route, method).Observe(time.Since(start).Seconds())
		}
	}, nil
}

// knownMethod keeps inventive clients from making label values and lines of log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions:
		return m
	}
	return "other"
}
