// Package static finds the members of a cluster in a fixed list of addresses, of
// which each member probes every other: for a laptop, and for tests.
//
// It owns who is alive. It knows neither actors nor the transport: it is given a
// way to exchange a few bytes with an address. Nobody decides for all: members
// that cannot reach each other have different views, which is why a real cluster
// uses etcd.
package static

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/swiperhq/swiper/actors/cluster"
)

const (
	// every is the time between two probes of a member.
	every = 300 * time.Millisecond
	// probeTimeout bounds one.
	probeTimeout = 700 * time.Millisecond
	// deadAfter is how long a member may be silent before it is no member.
	deadAfter = 2 * time.Second
	// remembered is how long a member is told that it was given up, if it asks.
	remembered = 10 * time.Minute
)

// Options of New. Cluster and Addresses are required.
type Options struct {
	// Cluster is the name; members of others are refused.
	Cluster string
	// Addresses are those of all members, host:port, the node's own among them.
	Addresses []string
	// Logger hears of members that are refused; nil: slog.Default().
	Logger *slog.Logger
}

// Membership implements cluster.Membership.
type Membership struct {
	opts Options
	self cluster.Member
	host cluster.Host

	mu     sync.Mutex
	known  map[string]*known    // by address
	given  map[string]time.Time // ids of those given up, and when
	shown  string               // the last view, to give only changes
	joined bool
	over   bool

	stop context.CancelFunc
	done sync.WaitGroup
}

// known is what is known of an address that is not our own.
type known struct {
	member cluster.Member // zero ID: nobody there
	seen   time.Time      // the last answer
	misfit string         // the id of who is there and does not fit
	kick   chan struct{}  // asks for a probe now
}

// New gives a membership to be joined by one node.
func New(opts Options) *Membership {
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	return &Membership{opts: opts, known: map[string]*known{}, given: map[string]time.Time{}}
}

// hello is what members tell each other.
type hello struct {
	Cluster string         `json:"cluster"`
	Member  cluster.Member `json:"member"`
	Leaving bool           `json:"leaving,omitempty"`
	// GivenUp answers a member that was given up since it started.
	GivenUp bool `json:"given_up,omitempty"`
}

// Join implements cluster.Membership: it probes everybody once, and is refused by
// anybody who is there and does not fit.
func (m *Membership) Join(ctx context.Context, self cluster.Member, host cluster.Host) error {
	if !slices.Contains(m.opts.Addresses, self.Address) {
		return fmt.Errorf("this member's address %s is none of the list %v", self.Address, m.opts.Addresses)
	}
	m.mu.Lock()
	m.self, m.host = self, host
	for _, a := range m.opts.Addresses {
		if a != self.Address {
			m.known[a] = &known{kick: make(chan struct{}, 1)}
		}
	}
	m.mu.Unlock()
	refused := make(chan error, len(m.known))
	var all sync.WaitGroup
	for address := range m.known {
		all.Go(func() {
			if err := m.probe(ctx, address); errors.As(err, new(*refusedError)) {
				refused <- err
			}
		})
	}
	all.Wait()
	select {
	case err := <-refused:
		return err
	default:
	}
	probing, stop := context.WithCancel(context.WithoutCancel(ctx))
	m.mu.Lock()
	m.stop, m.joined = stop, true
	m.show()
	m.mu.Unlock()
	for address, k := range m.known {
		m.done.Go(func() { m.follow(probing, address, k.kick) })
	}
	m.announce(ctx, false)
	return nil
}

// follow probes an address until ctx ends.
func (m *Membership) follow(ctx context.Context, address string, kick <-chan struct{}) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-kick:
		case <-ticker.C:
		}
		err := m.probe(ctx, address)
		m.mu.Lock()
		k := m.known[address]
		if refused := (*refusedError)(nil); errors.As(err, &refused) && k.misfit != refused.id {
			m.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a member is left out", slog.Any("reason", err))
			k.misfit = refused.id
		}
		if err != nil && k.member.ID != "" && time.Since(k.seen) > deadAfter {
			m.giveUp(k)
		}
		m.show()
		m.mu.Unlock()
	}
}

// giveUp is called with the lock held.
func (m *Membership) giveUp(k *known) {
	now := time.Now()
	for id, at := range m.given {
		if now.Sub(at) > remembered {
			delete(m.given, id)
		}
	}
	m.given[k.member.ID] = now
	k.member = cluster.Member{}
}

// refusedError tells that a member does not fit.
type refusedError struct {
	id  string
	err error
}

func (e *refusedError) Error() string { return e.err.Error() }

// probe says hello to an address and notes who answers. What it learns is shown
// by its caller.
func (m *Membership) probe(ctx context.Context, address string) error {
	answer, err := m.say(ctx, address, false)
	if err != nil {
		return err
	}
	if err := m.fits(answer); err != nil {
		return &refusedError{answer.Member.ID, err}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.known[address]
	k.seen, k.member = time.Now(), answer.Member
	return nil
}

func (m *Membership) fits(h hello) error {
	if h.Cluster != m.opts.Cluster {
		return fmt.Errorf("%s is a member of cluster %q, this node one of %q", h.Member.Address, h.Cluster, m.opts.Cluster)
	}
	return m.self.Compatible(h.Member)
}

func (m *Membership) say(ctx context.Context, address string, leaving bool) (hello, error) {
	m.mu.Lock()
	words, err := json.Marshal(hello{Cluster: m.opts.Cluster, Member: m.self, Leaving: leaving})
	m.mu.Unlock()
	if err != nil {
		return hello{}, fmt.Errorf("hello: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	raw, err := m.host.Exchange(ctx, address, words)
	if err != nil {
		return hello{}, err
	}
	return read(raw)
}

func read(raw []byte) (hello, error) {
	var h hello
	if err := json.Unmarshal(raw, &h); err != nil {
		return h, fmt.Errorf("hello: %w", err)
	}
	return h, nil
}

// announce tells everyone what has changed here. Nobody is waited for longer than
// a probe takes.
func (m *Membership) announce(ctx context.Context, leaving bool) {
	var all sync.WaitGroup
	for address := range m.known {
		all.Go(func() { _, _ = m.say(ctx, address, leaving) }) // the next probe makes up for it
	}
	all.Wait()
}

// Answer implements cluster.Membership.
func (m *Membership) Answer(ctx context.Context, payload []byte) ([]byte, error) {
	h, err := read(payload)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.joined || m.over {
		return nil, errors.New("no member yet, or no longer")
	}
	k := m.known[h.Member.Address]
	switch misfit := m.fits(h); {
	case misfit != nil:
		m.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a member is refused", slog.Any("reason", misfit))
	case k == nil:
	case h.Leaving && k.member.ID == h.Member.ID:
		k.member = cluster.Member{}
		m.show()
	case k.member.ID == h.Member.ID:
		k.member = h.Member // it may have retired
		m.show()
	default: // new: found alive by a probe of our own
		select {
		case k.kick <- struct{}{}:
		default:
		}
	}
	_, given := m.given[h.Member.ID]
	return json.Marshal(hello{Cluster: m.opts.Cluster, Member: m.self, GivenUp: given})
}

// show gives the view if it is another than before. The lock is held, so views
// come in order.
func (m *Membership) show() {
	if !m.joined || m.over {
		return
	}
	view := []cluster.Member{m.self}
	for _, k := range m.known {
		if k.member.ID != "" {
			view = append(view, k.member)
		}
	}
	shown := cluster.ViewHash(view)
	for _, v := range view {
		if v.Retired {
			shown += " " + v.ID // in no order: at worst a view is given twice
		}
	}
	if shown != m.shown {
		m.shown = shown
		m.host.View(view)
	}
}

// Confirm implements cluster.Membership: whoever is there is asked whether it has
// given this member up.
func (m *Membership) Confirm(ctx context.Context) (bool, error) {
	answers := make(chan hello, len(m.known))
	var all sync.WaitGroup
	for address := range m.known {
		all.Go(func() {
			if h, err := m.say(ctx, address, false); err == nil {
				answers <- h
			}
		})
	}
	all.Wait()
	close(answers)
	err := errors.New("no other member answers")
	for h := range answers {
		if h.GivenUp {
			return false, nil
		}
		err = nil
	}
	return err == nil, err
}

// Retire implements cluster.Membership.
func (m *Membership) Retire(ctx context.Context) error {
	m.mu.Lock()
	m.self.Retired = true
	m.show()
	m.mu.Unlock()
	m.announce(ctx, false)
	return nil
}

// Leave implements cluster.Membership.
func (m *Membership) Leave(ctx context.Context) error {
	m.mu.Lock()
	joined := m.joined && !m.over
	m.over = true
	m.mu.Unlock()
	if !joined {
		return nil
	}
	m.stop()
	m.announce(ctx, true)
	m.done.Wait()
	return nil
}
