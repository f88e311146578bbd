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

// Refuse looks at a request, whole and by itself, before the server does. What it
// gives is sent as the whole answer, and the server never hears of the request; nil
// lets it through. It must not keep the bytes. It is not asked about what comes in
// pieces or before the server has let go of the request before. waited is how long the
// request was kept from being looked at, by a listener below that tells so.
type Refuse func(request []byte, waited time.Duration) (answer []byte)

// Listen gives l with every connection watched, and refuse asked where it is not nil.
// The server is to call Watch.
func Listen(l net.Listener, refuse Refuse) net.Listener { return &listener{l, refuse} }

// Watch is for http.Server.ConnState: bytes of a connection that was hijacked
// are no requests any more.
func Watch(c net.Conn, state http.ConnState) {
	if state != http.StateHijacked {
		return
	}
	if watched, ok := c.(*conn); ok {
		watched.released.Store(true)
	}
}

type listener struct {
	net.Listener

	refuse Refuse
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, refuse: l.refuse, born: time.Now(), recall: make(chan struct{}, 1), closed: make(chan struct{})}, nil
}

// How long and how much more a client that was refused may send.
const (
	linger      = 500 * time.Millisecond
	lingerBytes = 64 << 10
)

// A connection without a request that was not refused stays open for so long after
// its beginning and after the latest that was. To say so costs something, so it is
// said only now and then. Clients let go of idle ones sooner, Go's after 90 s.
const (
	keep      = 2 * time.Minute
	keepEvery = time.Second
)

// poison is a header line that nobody accepts, and the end of the head.
const poison = ":\r\n\r\n"

// conn is a connection whose reader is watched. Reads do not overlap.
type conn struct {
	net.Conn
	refuse Refuse
	kept   time.Time // when a refusal last prolonged the wait for a request

	// Until the server has had a byte it counts the time of a request from the
	// connection's beginning, though a client may have opened it in advance, or have been
	// refused before.
	born    time.Time
	passed  bool          // the server has had a byte
	headEnd time.Time     // when it wants to have had the head of the first request
	late    time.Duration // how long after born that came; 0 for all others

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
	n, good, ambiguous, err := c.next(p)
	if c.released.Load() {
		return n, err
	}
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

// next reads what is not refused at once.
func (c *conn) next(p []byte) (n, good int, ambiguous bool, err error) {
	for {
		// The server waits for a request then: it has sent all that it had to say.
		between, heads := len(p) > 1 && c.scanner.between(), c.scanner.heads
		if n, err = c.Conn.Read(p); c.released.Load() {
			return n, 0, false, err
		}
		good, ambiguous = c.scanner.scan(p[:n])
		var answer []byte
		if c.refuse != nil && between && !ambiguous && err == nil && c.scanner.between() && c.scanner.heads == heads+1 {
			answer = c.refuse(p[:n], c.waited())
		}
		if answer == nil {
			c.pass(n, between)
			return n, good, ambiguous, err
		}
		if err = c.answer(answer); err != nil {
			return 0, 0, false, err
		}
	}
}

func (c *conn) waited() time.Duration {
	if below, ok := c.Conn.(interface{ Waited() time.Duration }); ok {
		return below.Waited()
	}
	return 0
}

// pass counts the time of the first request from when it comes; begun tells that n
// bytes begin a request.
func (c *conn) pass(n int, begun bool) {
	switch {
	case n == 0 || !begun:
	case c.passed:
		c.late = 0
	default:
		c.passed, c.late = true, time.Since(c.born)
		if !c.headEnd.IsZero() {
			_ = c.SetReadDeadline(c.headEnd) // of a closed connection, whose next read says so
		}
	}
}

// answer sends what a refused request is answered. The server's deadlines are those of
// its latest request, which may be long ago.
func (c *conn) answer(all []byte) error {
	now := time.Now()
	if now.Sub(c.kept) > keepEvery {
		c.kept = now
		if err := c.SetDeadline(now.Add(keep)); err != nil {
			return err
		}
	}
	_, err := c.Write(all)
	return err
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

// SetReadDeadline implements net.Conn. net/http ends its watch by a time long ago.
// Another deadline that has passed is that of the body, which has come: taken for
// the same it would end the request.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.answering.Load() && !c.released.Load() && !t.IsZero() && t.Before(c.born) {
		select {
		case c.recall <- struct{}{}:
		default:
		}
		return nil
	}
	if !c.passed && !c.released.Load() && !t.IsZero() {
		c.headEnd = t
		return c.Conn.SetReadDeadline(c.born.Add(keep))
	}
	if c.late > 0 && !t.IsZero() && t.After(c.born) {
		t = t.Add(c.late)
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

// NetConn gives the connection below, as that of crypto/tls does.
func (c *conn) NetConn() net.Conn { return c.Conn }

// CloseWrite lets the server end its side first, so that a client that is still
// sending can read the answer.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
