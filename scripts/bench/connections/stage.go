package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/internal/ending"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/listen"
	"github.com/swiperhq/swiper/scripts/loadtest/server"
	"github.com/swiperhq/swiper/social"
)

// stage is a server and those who are connected to it.
type stage struct {
	server  *server.Server
	client  *client.Client
	admin   *client.Admin
	ring    client.Keyring
	history checker.History
	epoch   time.Time
	people  []social.UserID
	ears    *listen.Listeners
}

const tokensLast = time.Hour

func open(ctx context.Context, haste *ending.Haste, o *options) (_ *stage, err error) {
	s := &stage{epoch: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	s.server, err = server.Start(ctx, server.Options{
		Users: int64(o.connections), Flags: []string{"--realtime.max_connections", strconv.Itoa(o.connections + 100)},
	})
	if err != nil {
		return nil, err
	}
	haste.On(func() {
		s.server.Kill()
		_ = s.server.Stop() // nobody is left to tell
	})
	for uid := range o.connections {
		s.people = append(s.people, social.UserID(uid+1))
	}
	s.client, err = client.New(client.Options{Targets: []string{s.server.HTTP}, Epoch: s.epoch, Tokens: &s.ring, History: &s.history})
	if err != nil {
		return nil, err
	}
	if s.admin, err = client.NewAdmin(s.server.Admin, ""); err != nil {
		return nil, err
	}
	if err := s.admin.Set(ctx, "requests_per_address", []byte("null")); err != nil {
		return nil, err
	}
	return s, s.admin.Tokens(ctx, s.people, tokensLast, &s.ring)
}

func (s *stage) close() error {
	if s.ears != nil {
		s.ears.Stop()
	}
	if s.client != nil {
		s.client.Close()
	}
	if s.admin != nil {
		s.admin.Close()
	}
	if s.server != nil {
		return s.server.Stop()
	}
	return nil
}

// perAddress is how many connections a loopback address opens.
const perAddress = 5000

// connect opens a connection for everybody.
func (s *stage) connect(ctx context.Context, o *options) error {
	var dialed atomic.Int64
	dialer := func(ctx context.Context, network, addr string) (net.Conn, error) {
		from := net.IPv4(127, 0, 0, byte(1+dialed.Add(1)/perAddress)) //nolint:gosec // far below 255
		return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}).DialContext(ctx, network, addr)
	}
	var err error
	s.ears, err = listen.Start(ctx, listen.Options{
		Targets: []string{s.server.HTTP}, People: s.people, Tokens: &s.ring, History: &s.history, Clock: s.client.Clock,
		After: func(social.UserID) string { return "0" }, Within: o.within,
		HTTP: &http.Client{Transport: &http.Transport{DialContext: dialer, DisableKeepAlives: true}},
	})
	return err
}

// meet lets couples like each other one after the other, and tells how long the
// pushes took.
func (s *stage) meet(ctx context.Context, o *options, out io.Writer) error {
	for i := range o.couples {
		a, b := s.people[2*i], s.people[2*i+1]
		for _, pair := range [][2]social.UserID{{a, b}, {b, a}} {
			if got := s.client.Swipe(client.How{}, pair[0], pair[1], social.MarkLike); !got.OK() {
				return fmt.Errorf("user %d likes %d: %s", pair[0], pair[1], got.Outcome)
			}
		}
	}
	const patience = 40 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s.ears.Await(ctx, func(uid social.UserID) int {
		if int(uid) <= 2*o.couples {
			return 1
		}
		return 0
	})
	s.ears.Stop()
	sum := listen.Sum(s.history.Ops(), s.epoch, 0)
	if sum.Events < 2*o.couples {
		return fmt.Errorf("%d of %d matches were pushed within %s", sum.Events, 2*o.couples, patience)
	}
	fmt.Fprintf(out, "%d matches pushed; from the answer of the second like to the push at the other side: p50 %.1f ms, p95 %.1f ms, longest %.1f ms\n",
		sum.Events, ms(sum.Delay.Quantile(0.5)), ms(sum.Delay.Quantile(0.95)), ms(sum.Delay.Quantile(1)))
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// memory is what the server has in use, in bytes.
type memory struct{ heap, stacks, resident, goroutines float64 }

// memory reads the server's own metrics, just after it has collected its garbage.
func (s *stage) memory(ctx context.Context) (m memory, err error) {
	for range 2 { // what the first leaves to be freed
		if _, err := s.get(ctx, "/debug/pprof/heap?gc=1"); err != nil {
			return m, err
		}
	}
	text, err := s.get(ctx, "/metrics")
	if err != nil {
		return m, err
	}
	found := 0
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		for metric, to := range map[string]*float64{
			"go_memstats_heap_inuse_bytes": &m.heap, "go_memstats_stack_inuse_bytes": &m.stacks, "process_resident_memory_bytes": &m.resident,
			"go_goroutines": &m.goroutines,
		} {
			if name == metric {
				found++
				if *to, err = strconv.ParseFloat(value, 64); err != nil {
					return m, err
				}
			}
		}
	}
	if found < 4 {
		return m, errors.New("the server does not tell what memory it has in use")
	}
	return m, nil
}

func (s *stage) get(ctx context.Context, path string) (_ string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.Admin+path, nil) //nolint:gosec // the server that we started
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // see above
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return string(body), err
}
