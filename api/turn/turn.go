// Package turn lets only so many requests be read at a time, so that those let in
// get on with it.
//
// A server that is asked for more than it can do has thousands of connections
// with a request to be read. Each of them is a goroutine that wants to run, and
// whatever an accepted request waits for, a commit for one, goes on only when its
// own goroutine has come round: behind all of them. So whoever has read from a
// connection needs a turn to go on. The turn ends where the request is let in,
// and wherever else its goroutine may have to wait: at the next read, at a write,
// at the end. Nobody ever waits for anything while having a turn.
//
// It knows nothing of requests, nor of who is let in.
package turn

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// Turns are what the connections of listeners share.
type Turns struct{ taken chan struct{} }

// New gives so many turns, at least 1.
func New(n int) *Turns { return &Turns{make(chan struct{}, max(1, n))} }

// Taken tells how many have a turn.
func (t *Turns) Taken() int { return len(t.taken) }

// Listen gives l with every connection reading in turn.
func (t *Turns) Listen(l net.Listener) net.Listener { return &listener{l, t} }

type listener struct {
	net.Listener

	turns *Turns
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, turns: l.turns}, nil
}

// conn is a connection that reads in turn. Reads do not overlap; a write or the
// end may come while another goroutine reads.
type conn struct {
	net.Conn

	turns    *Turns
	has      atomic.Bool
	released atomic.Bool
}

// Watch is for http.Server.ConnState: what is read from a connection that was
// hijacked is no request, and takes no turn.
func Watch(c net.Conn, state http.ConnState) {
	if c, ok := c.(*conn); ok && state == http.StateHijacked {
		c.released.Store(true)
		c.end()
	}
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	c.end()
	n, err := c.Conn.Read(p)
	// One byte is net/http watching for a client that leaves, not a request; it is
	// read while another request of the connection is handled.
	if n > 0 && len(p) > 1 && !c.released.Load() {
		c.turns.taken <- struct{}{}
		c.has.Store(true)
	}
	return n, err
}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	c.end()
	return c.Conn.Write(p)
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.end()
	return c.Conn.Close()
}

// CloseWrite lets the server end its side first.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// NetConn gives the connection below, as that of crypto/tls does.
func (c *conn) NetConn() net.Conn { return c.Conn }

func (c *conn) end() {
	if c.has.Swap(false) {
		<-c.turns.taken
	}
}

type key struct{}

// Context is for http.Server.ConnContext: it lets handlers call End.
func Context(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*conn); ok {
		return context.WithValue(ctx, key{}, c)
	}
	return ctx
}

// End ends the turn of the connection that the request of ctx came by: the request
// is let in. It does nothing without a turn.
func End(ctx context.Context) {
	if c, ok := ctx.Value(key{}).(*conn); ok {
		c.end()
	}
}
