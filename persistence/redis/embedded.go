package redis

import (
	"crypto/rand"
	"net/url"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// tick is how exactly keys of the embedded server expire. miniredis has no clock
// of its own; its other mode scans every key at every command.
const tick = time.Second

// server is a miniredis on a loopback port behind a random password.
type server struct {
	mini     *miniredis.Miniredis
	password string
	stop     chan struct{}
	stopped  sync.WaitGroup
}

func startServer() (*server, error) {
	s := &server{mini: miniredis.NewMiniRedis(), password: rand.Text(), stop: make(chan struct{})}
	s.mini.RequireAuth(s.password)
	if err := s.mini.StartAddr("127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.stopped.Go(s.forward)
	return s, nil
}

func (s *server) url() string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", s.password), Host: s.mini.Addr()}
	return u.String()
}

// forward moves the server's time on as real time passes.
func (s *server) forward() {
	t := time.NewTicker(tick)
	defer t.Stop()
	last := time.Now()
	for {
		select {
		case <-s.stop:
			return
		case <-t.C:
			now := time.Now()
			s.mini.FastForward(now.Sub(last))
			last = now
		}
	}
}

// close stops the server; of a nil server it does nothing.
func (s *server) close() {
	if s == nil {
		return
	}
	close(s.stop)
	s.stopped.Wait()
	s.mini.Close()
}
