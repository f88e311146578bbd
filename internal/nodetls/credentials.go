package nodetls

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
)

const (
	// lookEvery is how often the files are looked at, at most.
	lookEvery = time.Second
	// warnBefore and warnEvery are when a certificate's end is warned of.
	warnBefore = 14 * 24 * time.Hour
	warnEvery  = 24 * time.Hour
	// watchEvery is how often Watch looks.
	watchEvery = time.Minute
)

// Credentials are a node's, for both directions: TLS 1.3 in which each side
// shows a certificate that one of the CAs issued, that is good now and for what
// it does, and that carries the cluster's name. The host name dialled does not
// count. Files that change are read again; connections that stand live on.
type Credentials struct {
	opts    Options
	current atomic.Pointer[ends]

	looking sync.Mutex // held while the files are looked at; it guards what follows
	looked  time.Time
	stamps  [3]stamp
	broken  string    // what was warned of them
	warned  time.Time // when the certificate's end was

	refusals sometimes
}

// ends are one identity as both ends of a connection use it.
type ends struct {
	*identity
	server, client credentials.TransportCredentials
}

// Load reads the files. It fails with every mistake that Check would name.
func Load(ctx context.Context, o Options) (*Credentials, error) {
	c := &Credentials{opts: o.filled()}
	c.looking.Lock()
	defer c.looking.Unlock()
	c.looked = c.opts.Now()
	c.stamps = c.opts.stamps()
	if err := c.reload(); err != nil {
		return nil, err
	}
	c.warn(ctx, c.looked)
	return c, nil
}

// Watch looks at the files once a minute until ctx ends, for nodes whose
// connections stand so long that no handshake does.
func (c *Credentials) Watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.Look(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// ServerHandshake lets a member of the cluster in.
func (c *Credentials) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	ctx := context.Background()
	c.Look(ctx)
	held := &held{Conn: raw, open: true}
	conn, info, err := c.current.Load().server.ServerHandshake(held)
	held.open = false
	if err == nil {
		return conn, info, nil
	}
	// Whoever hangs up at once only looked whether somebody listens.
	if n, ok := c.refusals.next(c.opts.Now(), errors.Is(err, io.EOF)); ok {
		c.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a peer is refused: it does not show itself as a node of this cluster",
			slog.String("peer", raw.RemoteAddr().String()), slog.Int("unlogged_before", n), slog.Any("error", err))
	}
	part(raw)
	return nil, nil, fmt.Errorf("refused the peer at %s: %w", raw.RemoteAddr(), err)
}

// ClientHandshake goes to a member of the cluster. That the other side refused
// this one is told by the first read: in TLS 1.3 it judges after we are done.
func (c *Credentials) ClientHandshake(ctx context.Context, _ string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	c.Look(ctx)
	conn, info, err := c.current.Load().client.ClientHandshake(ctx, HostName(c.opts.Name), raw)
	if err == nil {
		return conn, info, nil
	}
	if n, ok := c.refusals.next(c.opts.Now(), ctx.Err() != nil); ok {
		c.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a peer is not talked to: it does not show itself as a node of this cluster",
			slog.String("peer", raw.RemoteAddr().String()), slog.Int("unlogged_before", n), slog.Any("error", err))
	}
	return nil, nil, fmt.Errorf("refused to talk to %s: %w", raw.RemoteAddr(), err)
}

// Info names the protocol for gRPC's diagnostics.
func (c *Credentials) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls"}
}

// Clone gives c itself: it holds no state of a connection, and all connections
// are to use the newest files.
func (c *Credentials) Clone() credentials.TransportCredentials { return c }

// OverrideServerName is refused: the cluster's name is what counts.
func (c *Credentials) OverrideServerName(string) error {
	return errors.New("the name of the cluster is verified, no other")
}

// newEnds prepares both ends.
func (o Options) newEnds(id *identity) *ends {
	return &ends{
		identity: id,
		server:   credentials.NewTLS(id.config(o, x509.ExtKeyUsageClientAuth)),
		client:   credentials.NewTLS(id.config(o, x509.ExtKeyUsageServerAuth)),
	}
}
