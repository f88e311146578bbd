// Package daemon runs the servers that Swiper needs, PostgreSQL, Redis and etcd,
// as processes of a program's own: in a folder it names, on loopback ports that
// were free a moment ago, ended by their process ids.
//
// What it starts has a process group of its own: a terminal's Ctrl-C reaches
// the program, which then ends what it started. The servers keep their durable
// defaults and, where they know passwords, one made for the run. It knows no
// schema and nothing of Swiper.
package daemon

import (
	"crypto/rand"
	"net"
)

// NotInstalledError says that the machine lacks a program.
type NotInstalledError struct{ Program string }

func (e *NotInstalledError) Error() string { return e.Program + " is not installed" }

// FreeAddress gives an address of the host, an IP address, whose port was free a
// moment ago.
func FreeAddress(host string) (string, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0")) //nolint:noctx // no name to resolve, nothing to wait for
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// password makes the secret of one run.
func password() string { return rand.Text() }
