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
// Of those who wait the latest to come is next, and every other time the first: on a
// server that cannot keep up, all would be late if they came in order, those too who
// could have been answered in time. Waited tells whoever decides about the first.
//
// It knows nothing of requests, nor of who is let in.
package turn

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Turns are what the connections of listeners share.
type Turns struct {
	all int

	mu      sync.Mutex
	taken   int
	waiting list.List // of *conn, the latest to come behind
	first   bool      // was next
}

// New gives so many turns, at least 1.
func New(n int) *Turns { return &Turns{all: max(1, n)} }

// Taken tells how many have a turn.
func (t *Turns) Taken() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken
}

// Waiting tells how many have read something and wait for one.
func (t *Turns) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waiting.Len()
}

// take waits until c has a turn and gives for how long it has.
func (t *Turns) take(c *conn) (waited time.Duration) {
	t.mu.Lock()
	if t.taken < t.all {
		t.taken++
		t.mu.Unlock()
		return 0
	}
	t.waiting.PushBack(c)
	t.mu.Unlock()
	since := time.Now()
	<-c.next
	return time.Since(since)
}

// give ends a turn.
func (t *Turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting.Len() == 0 {
		t.taken--
		return
	}
	next := t.waiting.Back()
	if t.first = !t.first; t.first {
		next = t.waiting.Front()
	}
	if c, ok := t.waiting.Remove(next).(*conn); ok {
		c.next <- struct{}{}
	}
}

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
	return &conn{Conn: c, turns: l.turns, next: make(chan struct{}, 1)}, nil
}

// conn is a connection that reads in turn. Reads do not overlap; a write or the
// end may come while another goroutine reads.
type conn struct {
	net.Conn

	turns    *Turns
	next     chan struct{} // says that it has a turn
	waited   time.Duration // for the latest
	has      atomic.Bool
	released atomic.Bool
}

// Watch is for http.Server.ConnState: what is read from a connection that was
// hijacked is no request, and takes no turn.
func Watch(c net.Conn, state http.ConnState) {
	if state != http.StateHijacked {
		return
	}
	if c := inner(c); c != nil {
		c.released.Store(true)
		c.end()
	}
}

// inner gives the connection that reads in turn of one around it; nil: there is none.
func inner(c net.Conn) *conn {
	for {
		if c, ok := c.(*conn); ok {
			return c
		}
		outer, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		c = outer.NetConn()
	}
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	c.end()
	n, err := c.Conn.Read(p)
	// One byte is net/http watching for a client that leaves, not a request; it is
	// read while another request of the connection is handled.
	if n > 0 && len(p) > 1 && !c.released.Load() {
		c.waited = c.turns.take(c)
		c.has.Store(true)
	}
	return n, err
}

// Waited tells how long what was read last had to wait for its turn.
func (c *conn) Waited() time.Duration { return c.waited }

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

func (c *conn) end() {
	if c.has.Swap(false) {
		c.turns.give()
	}
}

type key struct{}

// Context is for http.Server.ConnContext: it lets handlers call End.
func Context(ctx context.Context, c net.Conn) context.Context {
	if c := inner(c); c != nil {
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
