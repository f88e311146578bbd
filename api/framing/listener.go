package framing

import (
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Listen gives l with every connection watched. The server is to call Watch.
func Listen(l net.Listener) net.Listener { return &listener{l} }

// Watch is for http.Server.ConnState: bytes of a connection that was hijacked
// are no requests any more.
func Watch(c net.Conn, state http.ConnState) {
	if state != http.StateHijacked {
		return
	}
	if outer, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = outer.NetConn()
	}
	if watched, ok := c.(*conn); ok {
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
	return &conn{Conn: c, recall: make(chan struct{}, 1), closed: make(chan struct{})}, nil
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

	answering atomic.Bool   // all of a request with a body has come, and no byte more
	recall    chan struct{} // ends an idle read that has begun or is about to
	closed    chan struct{}
	closing   sync.Once
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	switch {
	case c.released.Load():
		return c.Conn.Read(p)
	case c.spoilt.Load():
		return c.spoil(p)
	case c.answering.Load():
		if len(p) == 1 {
			return c.idle()
		}
		c.answering.Store(false)
		select {
		case <-c.recall: // of a read that was not begun
		default:
		}
	}
	n, err := c.Conn.Read(p)
	if c.released.Load() {
		return n, err
	}
	good, ambiguous := c.scanner.scan(p[:n])
	if !ambiguous {
		c.answering.Store(c.scanner.bodyEnded())
		return n, err
	}
	c.left = poison
	c.spoilt.Store(true)
	if good > 0 {
		return good, nil
	}
	return c.spoil(p)
}

// idle stands for the read of one byte by which net/http watches, while a request
// is being answered, whether its client goes away. A call to the system and two
// changes of a timer are much for that, and whoever sent a body wants the effect of
// it, there or not. It ends as net/http ends it: by a deadline that has passed.
func (c *conn) idle() (int, error) {
	select {
	case <-c.recall:
		return 0, os.ErrDeadlineExceeded
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.answering.Load() && !c.released.Load() && !t.IsZero() && t.Before(time.Now()) {
		select {
		case c.recall <- struct{}{}:
		default:
		}
		return nil
	}
	return c.Conn.SetReadDeadline(t)
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
	c.closing.Do(func() { close(c.closed) })
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
