package testsmtp

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
)

// session is one connection.
type session struct {
	server *Server
	conn   net.Conn
	text   *textproto.Reader
	fault  Fault
	letter Letter
}

func newSession(s *Server, conn net.Conn, fault Fault) *session {
	n := &session{server: s, fault: fault}
	if s.o.Implicit {
		conn = tls.Server(conn, s.o.TLS)
		n.letter.TLS = true
	}
	n.over(conn)
	return n
}

func (n *session) over(conn net.Conn) {
	n.conn, n.text = conn, textproto.NewReader(bufio.NewReader(conn))
}

func (n *session) say(lines ...string) {
	_, _ = fmt.Fprint(n.conn, strings.Join(lines, "\r\n")+"\r\n") // a client that is gone hears nothing
}

func (n *session) serve() {
	if n.fault == Hang {
		_, _ = io.Copy(io.Discard, n.conn)
		return
	}
	n.say("220 test ESMTP")
	for {
		line, err := n.text.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		if !n.handle(strings.ToUpper(verb), rest) {
			return
		}
	}
}

// handle answers one command; false ends the session.
func (n *session) handle(verb, rest string) bool {
	switch verb {
	case "EHLO", "HELO":
		n.greet()
	case "STARTTLS":
		n.say("220 go ahead")
		n.over(tls.Server(n.conn, n.server.o.TLS))
		n.letter.TLS = true
	case "AUTH":
		_, proof, _ := strings.Cut(rest, " ")
		said, _ := base64.StdEncoding.DecodeString(proof)
		if parts := strings.Split(string(said), "\x00"); len(parts) == 3 && parts[2] == "secret" {
			n.letter.User = parts[1]
			n.say("235 welcome")
			return true
		}
		n.say("535 wrong password")
	case "MAIL":
		n.letter.From = mailbox(rest)
		n.say("250 ok")
	case "RCPT":
		return n.recipient(mailbox(rest))
	case "DATA":
		return n.data()
	case "QUIT":
		n.say("221 bye")
		return false
	default: // RSET, NOOP
		n.say("250 ok")
	}
	return true
}

func (n *session) greet() {
	lines := []string{"250-test", "250-AUTH PLAIN", "250 8BITMIME"}
	if n.server.o.TLS != nil && !n.letter.TLS {
		lines = []string{"250-test", "250-STARTTLS", "250 8BITMIME"}
	}
	n.say(lines...)
}

func (n *session) recipient(to string) bool {
	switch n.fault {
	case UnknownMailbox:
		n.say("550 no such mailbox: " + to)
	case Greylisted:
		n.say("451 try again, " + to)
	case Dropped:
		return false
	default:
		n.letter.To = to
		n.say("250 ok")
	}
	return true
}

func (n *session) data() bool {
	n.say("354 go ahead")
	lines, err := n.text.ReadDotLines()
	if err != nil {
		return false
	}
	if n.fault == Refused {
		n.say("554 no")
		return true
	}
	n.letter.Data = strings.Join(lines, "\n")
	n.server.keep(n.letter)
	if n.fault == LostAnswer {
		return false
	}
	n.say("250 taken")
	return true
}

// mailbox reads FROM:<a@b> SIZE=1.
func mailbox(rest string) string {
	_, rest, _ = strings.Cut(rest, "<")
	box, _, _ := strings.Cut(rest, ">")
	return box
}
