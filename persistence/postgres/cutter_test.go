package postgres_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// cutter is a proxy before the server that can withhold an answer and break the
// connection once the server has given it, or fall silent.
type cutter struct {
	url    string // of the database, by way of the proxy
	server string
	// left is how many more ends of a transaction (ReadyForQuery) until the cut; 0: none.
	left atomic.Int32
	cuts atomic.Int32

	mu      sync.Mutex
	gone    bool
	clients map[net.Conn]struct{}
	passing int           // messages of the server until it falls silent
	thawed  chan struct{} // nil: it is not to fall silent
}

// freezeAfter lets so many messages of the server pass, and then nothing in either
// direction, on no connection, until thaw is called.
func (c *cutter) freezeAfter(messages int) (thaw func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	thawed := make(chan struct{})
	c.passing, c.thawed = messages, thawed
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.thawed = nil
		close(thawed)
	})
}

// pass waits while the server is silent; count is how many of its messages come.
func (c *cutter) pass(count int) {
	c.mu.Lock()
	thawed := c.thawed
	silent := thawed != nil && c.passing < max(count, 1)
	if !silent {
		c.passing -= count
	}
	c.mu.Unlock()
	if silent {
		<-thawed
	}
}

// gated reads once the server is not silent.
type gated struct {
	io.Reader
	c *cutter
}

func (g gated) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	g.c.pass(0)
	return n, err
}

// setGone breaks all connections and every new one, or lets them through again.
func (c *cutter) setGone(gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = gone
	for client := range c.clients {
		if gone {
			_ = client.Close()
		}
	}
}

// enter tells whether a client may be served.
func (c *cutter) enter(client net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gone {
		c.clients[client] = struct{}{}
	}
	return !c.gone
}

func (c *cutter) leave(client net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.clients, client)
}

// cutAfter withholds what the server answers to the n-th transaction from now
// on, and cuts the connection at its end.
func (c *cutter) cutAfter(n int32) { c.left.Store(n) }

func newCutter(t *testing.T, base string) *cutter {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cutter{server: u.Host, clients: map[net.Conn]struct{}{}}
	u.Host = l.Addr().String()
	c.url = u.String()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { c.serve(client) })
		}
	})
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		wg.Wait() // the store was closed before, and with it every connection
	})
	return c
}

func (c *cutter) serve(client net.Conn) {
	defer client.Close()
	if !c.enter(client) {
		return
	}
	defer c.leave(client)
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer server.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = io.Copy(server, gated{client, c})
		_ = server.Close()
	})
	c.relay(client, server)
	_ = client.Close()
	wg.Wait()
}

// relay passes on the server's messages, each a type, a length and a body.
func (c *cutter) relay(client io.Writer, server io.Reader) {
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(server, head); err != nil {
			return
		}
		message := make([]byte, 1+binary.BigEndian.Uint32(head[1:]))
		copy(message, head)
		if _, err := io.ReadFull(server, message[5:]); err != nil {
			return
		}
		if left := c.left.Load(); left > 0 {
			ended := head[0] == 'Z' // ReadyForQuery: the transaction has ended
			switch {
			case left == 1 && ended:
				c.left.Store(0)
				c.cuts.Add(1)
				return
			case left == 1:
				continue
			case ended:
				c.left.Store(left - 1)
			}
		}
		c.pass(1)
		if _, err := client.Write(message); err != nil {
			return
		}
	}
}
