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
	mathrand "math/rand/v2"
	"net"
	"strconv"
)

// NotInstalledError says that the machine lacks a program.
type NotInstalledError struct{ Program string }

func (e *NotInstalledError) Error() string { return e.Program + " is not installed" }

// FreeAddress gives an address of the host, an IP address, whose port was free a
// moment before. It is none of those that systems give to whoever connects to
// somewhere (32768 and above on Linux): one of them would take it now and then.
func FreeAddress(host string) (string, error) {
	const first, last, tries = 15_000, 32_000, 100
	var err error
	for range tries {
		var l net.Listener
		port := first + mathrand.IntN(last-first)                              //nolint:gosec // no secret
		l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))) //nolint:noctx // no name to resolve, nothing to wait for
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", err
}

// password makes the secret of one run.
func password() string { return rand.Text() }
