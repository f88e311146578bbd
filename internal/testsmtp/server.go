package testsmtp

import (
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Letter is one that was taken over.
type Letter struct {
	From, To string
	Data     string // headers and body as they came, lines ended by \n
	User     string // who logged in, by AUTH PLAIN; "" for nobody
	TLS      bool
}

// Fault is a way to fail one letter.
type Fault int

// The faults.
const (
	// UnknownMailbox answers RCPT with 550, which repeats the address.
	UnknownMailbox Fault = iota + 1
	// Greylisted answers RCPT with 451.
	Greylisted
	// Refused answers the letter with 554.
	Refused
	// Dropped ends the connection before the letter is asked for.
	Dropped
	// LostAnswer takes the letter and ends the connection.
	LostAnswer
	// Hang never answers the greeting.
	Hang
)

// Options of Start.
type Options struct {
	TLS      *tls.Config // nil: none is offered
	Implicit bool        // TLS from the first byte on
}

// Server is one that runs until its test ends.
type Server struct {
	o        Options
	listener net.Listener
	sessions sync.WaitGroup

	mu      sync.Mutex
	letters []Letter
	faults  []Fault
	tries   int
	open    map[net.Conn]struct{}
}

// Start starts one on a free port of 127.0.0.1.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &Server{o: o, listener: listener, open: map[net.Conn]struct{}{}}
	s.sessions.Go(s.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		s.mu.Lock()
		for conn := range s.open {
			_ = conn.Close()
		}
		s.mu.Unlock()
		s.sessions.Wait()
	})
	return s
}

// Port gives where it listens.
func (s *Server) Port() int {
	addr, _ := s.listener.Addr().(*net.TCPAddr)
	return addr.Port
}

// Letters gives those that were taken over so far.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters)
}

// Tries tells how many connections there were.
func (s *Server) Tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

// Break makes the next len(faults) connections fail so, in this order.
func (s *Server) Break(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.tries++
		s.open[conn] = struct{}{}
		var fault Fault
		if len(s.faults) > 0 {
			fault, s.faults = s.faults[0], s.faults[1:]
		}
		s.mu.Unlock()
		s.sessions.Go(func() {
			defer func() {
				_ = conn.Close()
				s.mu.Lock()
				delete(s.open, conn)
				s.mu.Unlock()
			}()
			newSession(s, conn, fault).serve()
		})
	}
}

func (s *Server) keep(l Letter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letters = append(s.letters, l)
}
