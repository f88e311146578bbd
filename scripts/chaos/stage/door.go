//go:build linux

package stage

import (
	"io"
	"net"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// dialer connects to an address.
type dialer func(addr string) (net.Conn, error)

// dialIn gives a dialer that connects from within a network namespace.
func dialIn(namespace *os.File) (dialer, error) {
	type call struct {
		addr string
		conn chan net.Conn
		err  chan error
	}
	calls, entered := make(chan call), make(chan error)
	fd := int(namespace.Fd())
	go func() {
		// Never unlocked: a thread that has gone elsewhere is for nobody else.
		runtime.LockOSThread()
		err := unix.Setns(fd, unix.CLONE_NEWNET)
		entered <- err
		if err != nil {
			return
		}
		for c := range calls {
			conn, err := net.Dial("tcp", c.addr) //nolint:noctx // loopback: it connects or fails at once
			if err != nil {
				c.err <- err
				continue
			}
			c.conn <- conn
		}
	}()
	if err := <-entered; err != nil {
		return nil, err
	}
	return func(addr string) (net.Conn, error) {
		c := call{addr, make(chan net.Conn, 1), make(chan error, 1)}
		calls <- c
		select {
		case conn := <-c.conn:
			return conn, nil
		case err := <-c.err:
			return nil, err
		}
	}, nil
}

// forward passes connections on until the door is closed.
func forward(door net.Listener, addr string, dial dialer) {
	for {
		outer, err := door.Accept()
		if err != nil {
			return
		}
		go func() {
			defer outer.Close() //nolint:errcheck // that it is over is all
			inner, err := dial(addr)
			if err != nil {
				return
			}
			defer inner.Close() //nolint:errcheck // that it is over is all
			pass(outer.(*net.TCPConn), inner.(*net.TCPConn))
		}()
	}
}

// pass carries what either side says to the other until both have ended.
func pass(a, b *net.TCPConn) {
	var both sync.WaitGroup
	for _, way := range [][2]*net.TCPConn{{a, b}, {b, a}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1]) // how it ends shows at the other end
			_ = way[0].CloseWrite()
		})
	}
	both.Wait()
}
