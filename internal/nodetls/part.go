package nodetls

import (
	"io"
	"net"
	"time"
)

const (
	// partWithin and partBytes bound what is heard of a refused peer.
	partWithin = time.Second
	partBytes  = 64 << 10
)

// held is a connection that a failed handshake does not close: what the peer
// has sent by then would make the system reset the connection, and the peer
// would never read why it is refused.
type held struct {
	net.Conn
	open bool // only written before the connection is given away
}

// Close closes once the handshake is over.
func (h *held) Close() error {
	if h.open {
		return nil
	}
	return h.Conn.Close()
}

// part lets a refused peer read why, and hangs up when it has, or does not.
// Errors change nothing: either way it ends here.
func part(raw net.Conn) {
	defer func() { _ = raw.Close() }()
	half, ok := raw.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || raw.SetReadDeadline(time.Now().Add(partWithin)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, raw, partBytes)
}
