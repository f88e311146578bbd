package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/api/framing"
)

// The server's bounds.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 10 * time.Second // behind reading and handling
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10 // net/http allows 4 KiB more; larger headers answer 431
)

// NewServer gives a server for h, which handles a request for at most the given
// time, with every timeout set. net/http counts WriteTimeout from the end of the
// headers, so it holds what a body may take to arrive and a request to be handled.
// The caller listens (see framing.Listen), serves and shuts down.
func NewServer(addr string, h http.Handler, handling time.Duration, logger *slog.Logger) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: readTimeout + handling + writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ConnState:      framing.Watch,
		ErrorLog:       slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}
