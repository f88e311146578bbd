package api

import (
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/swiperhq/swiper/api/framing"
	"github.com/swiperhq/swiper/api/turn"
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
// The caller listens (see Listen), serves and shuts down.
func NewServer(addr string, h http.Handler, handling time.Duration, logger *slog.Logger) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: readTimeout + handling + writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ConnState:      watch,
		ConnContext:    turn.Context,
		ErrorLog:       slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

func watch(c net.Conn, state http.ConnState) {
	framing.Watch(c, state)
	turn.Watch(c, state)
}

// turnsEach is how many requests are read at a time for each core: enough to keep
// it busy, few enough for whoever is let in to come round soon.
const turnsEach = 16

// Listen gives l as the server of NewServer wants it: ambiguous requests are
// refused, refuse is asked of others where it is not nil, and what comes is read in turn.
func Listen(l net.Listener, refuse framing.Refuse) net.Listener {
	return framing.Listen(turn.New(turnsEach*runtime.GOMAXPROCS(0)).Listen(l), refuse)
}
