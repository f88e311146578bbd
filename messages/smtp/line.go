package smtp

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/wneessen/go-mail"
)

// line is the connection of one letter. It is ended here, also where the client
// gives up on it, and as soon as nobody waits for the letter any more.
type line struct {
	mu    sync.Mutex
	conn  net.Conn
	ended bool
}

func (l *line) dial(implicit bool, config *tls.Config) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		dialer := &net.Dialer{}
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if implicit {
			conn = tls.Client(conn, config)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.conn = conn
		if l.ended {
			_ = conn.Close()
			return nil, net.ErrClosed
		}
		return conn, nil
	}
}

func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended = true; l.conn != nil {
		_ = l.conn.Close()
	}
}
