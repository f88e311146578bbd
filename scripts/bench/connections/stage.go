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

	"github.com/swiperhq/swiper/scripts/bench/crowd"
	"github.com/swiperhq/swiper/scripts/internal/ending"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/listen"
	"github.com/swiperhq/swiper/social"
)

// stage is a server and those who are connected to it.
type stage struct {
	*crowd.Crowd

	ears *listen.Listeners
}

func open(ctx context.Context, haste *ending.Haste, o *options) (*stage, error) {
	c, err := crowd.Open(ctx, haste, crowd.Options{
		People: o.connections, Flags: []string{"--realtime.max_connections", strconv.Itoa(o.connections + 100)},
	})
	return &stage{Crowd: c}, err
}

func (s *stage) close() error {
	if s.ears != nil {
		s.ears.Stop()
	}
	return s.Close()
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
		Targets: []string{s.Server.HTTP}, People: s.People, Tokens: &s.Tokens, History: &s.History, Clock: s.Client.Clock,
		After: func(social.UserID) string { return "0" }, Within: o.within,
		HTTP: &http.Client{Transport: &http.Transport{DialContext: dialer, DisableKeepAlives: true}},
	})
	return err
}

// meet lets couples like each other one after the other, and tells how long the
// pushes took.
func (s *stage) meet(ctx context.Context, o *options, out io.Writer) error {
	for i := range o.couples {
		a, b := s.People[2*i], s.People[2*i+1]
		for _, pair := range [][2]social.UserID{{a, b}, {b, a}} {
			if got := s.Client.Swipe(client.How{}, pair[0], pair[1], social.MarkLike); !got.OK() {
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
	sum := listen.Sum(s.History.Ops(), s.Epoch, 0)
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
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Server.Admin+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
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
