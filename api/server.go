package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/api/framing"
)

// The server's bounds. A write may begin only when reading has ended, so
// WriteTimeout, which net/http counts from the end of the headers, is longer
// than a body may take to arrive and a request to be handled.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10 // net/http allows 4 KiB more; larger headers answer 431
)

// NewServer gives a server for h with every timeout set. The caller listens (see
// framing.Listen), serves and shuts down.
func NewServer(addr string, h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ConnState:      framing.Watch,
		ErrorLog:       slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}
