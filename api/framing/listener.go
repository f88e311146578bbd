package framing

import (
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Listen gives l with every connection watched. The server is to call Watch.
func Listen(l net.Listener) net.Listener { return &listener{l} }

// Watch is for http.Server.ConnState: bytes of a connection that was hijacked
// are no requests any more.
func Watch(c net.Conn, state http.ConnState) {
	if watched, ok := c.(*conn); ok && state == http.StateHijacked {
		watched.released.Store(true)
	}
}

type listener struct{ net.Listener }

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// How long and how much more a client that was refused may send.
const (
	linger      = 500 * time.Millisecond
	lingerBytes = 64 << 10
)

// poison is a header line that nobody accepts, and the end of the head.
const poison = ":\r\n\r\n"

// conn is a connection whose reader is watched. Reads do not overlap.
type conn struct {
	net.Conn
	scanner  scanner
	spoilt   atomic.Bool
	left     string // of the poison
	released atomic.Bool
	lingered sync.Once
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if c.spoilt.Load() {
		return c.spoil(p)
	}
	n, err := c.Conn.Read(p)
	if c.released.Load() {
		return n, err
	}
	good, ambiguous := c.scanner.scan(p[:n])
	if !ambiguous {
		return n, err
	}
	c.left = poison
	c.spoilt.Store(true)
	if good > 0 {
		return good, nil
	}
	return c.spoil(p)
}

func (c *conn) spoil(p []byte) (int, error) {
	if c.left == "" {
		return 0, io.EOF
	}
	n := copy(p, c.left)
	c.left = c.left[n:]
	return n, nil
}

// Close implements net.Conn. net/http refuses a spoilt request and closes at once;
// with bytes of the client unread the kernel would then reset the connection, and
// the client might never see the answer.
func (c *conn) Close() error {
	if c.spoilt.Load() {
		c.lingered.Do(func() {
			_ = c.CloseWrite()
			_ = c.SetReadDeadline(time.Now().Add(linger))
			_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
		})
	}
	return c.Conn.Close()
}

// CloseWrite lets the server end its side first, so that a client that is still
// sending can read the answer.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
