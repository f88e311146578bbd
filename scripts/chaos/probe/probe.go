// Package probe makes small, steady traffic to every node of a system and keeps
// account of each call, for bounds to be judged by: who was asked when, how long
// it took, what came back.
//
// It acts for users of its own, whom nobody else acts for, and knows no fault and
// no bound.
package probe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/social"
)

// Options of New. Targets, Ready, Tokens and Users are required.
type Options struct {
	Targets []string // public base URLs of the nodes, also of those yet to come
	// Ready tells whether a node says that it is fit for traffic.
	Ready  func(ctx context.Context, node int) bool
	Nodes  int // how many of the targets are called all the time
	Tokens *client.Keyring
	Users  []social.UserID // nobody else acts for them, or towards them
	// PerNode is how many calls are made to each node a second, Balanced how many
	// go through what balancers do, Logins how many codes are asked for of each node.
	PerNode, Balanced, Logins float64
}

// Probe is running traffic.
type Probe struct {
	o      Options
	client *client.Client
	ready  []atomic.Bool
	pairs  atomic.Int64

	mu      sync.Mutex
	samples []judge.Sample
	calls   sync.WaitGroup
}

// readyEvery is the pace at which balancers ask nodes whether they are ready.
const readyEvery = 200 * time.Millisecond

// New makes a probe that does not run yet.
func New(o Options) (*Probe, error) {
	c, err := client.New(client.Options{Targets: o.Targets, Tokens: o.Tokens, History: &checker.History{}})
	if err != nil {
		return nil, err
	}
	return &Probe{o: o, client: c, ready: make([]atomic.Bool, len(o.Targets))}, nil
}

// Run makes calls until ctx ends, and returns when all are answered.
func (p *Probe) Run(ctx context.Context) {
	var streams sync.WaitGroup
	defer p.client.Close()
	defer p.calls.Wait()
	defer streams.Wait()
	for node := range p.o.Targets {
		streams.Go(func() { p.watch(ctx, node) })
		if node >= p.o.Nodes {
			continue
		}
		streams.Go(func() {
			p.steadily(ctx, p.o.PerNode, func(n int) { p.call(node, kinds[n%len(kinds)]) })
		})
		streams.Go(func() { p.steadily(ctx, p.o.Logins, func(int) { p.call(node, judge.Login) }) })
	}
	streams.Go(func() {
		p.steadily(ctx, p.o.Balanced, func(n int) { p.balanced(kinds[n%len(kinds)]) })
	})
}

// kinds is what is asked for, in turn.
var kinds = []judge.Kind{judge.Swipe, judge.Read, judge.Swipe, judge.Deck}

// steadily does something rate times a second, each time on its own: whoever waits
// for an answer keeps nobody.
func (p *Probe) steadily(ctx context.Context, rate float64, do func(n int)) {
	if rate <= 0 {
		return
	}
	tick := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
			p.calls.Go(func() { do(n) })
		case <-ctx.Done():
			return
		}
	}
}

// watch asks a node whether it is ready, as a balancer does.
func (p *Probe) watch(ctx context.Context, node int) {
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	for {
		ready := p.o.Ready(ctx, node)
		if ctx.Err() != nil {
			return // it was not asked to its end, and others are still calling
		}
		p.ready[node].Store(ready)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// call asks a node once.
func (p *Probe) call(node int, kind judge.Kind) {
	s := judge.Sample{Node: node, Kind: kind, At: time.Now()}
	p.ask(&s)
	p.add(s)
}

// ask sends what s is about, and fills in what came of it. It tells whether
// nothing could be sent.
func (p *Probe) ask(s *judge.Sample) (unsent bool) {
	how, a := client.How{Node: s.Node}, client.Answer{}
	switch s.Kind {
	case judge.Swipe:
		uid, sid := p.pair()
		a = p.client.Swipe(how, uid, sid, social.MarkLike)
	case judge.Read:
		_, a = p.client.Quotas(how, p.anyone())
	case judge.Deck:
		a = p.client.Deal(how, p.anyone())
	case judge.Login:
		a = p.client.Code(how, phone())
	}
	s.Took, s.Outcome, s.Status, s.RetryAfter = time.Since(s.At), a.Outcome, a.Status, a.RetryAfter > 0
	if s.Kind == judge.Login && a.Status == http.StatusTooManyRequests {
		s.Outcome = measure.OK // it came as far as the limits
	}
	return a.Unsent()
}

func (p *Probe) add(s judge.Sample) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.samples = append(p.samples, s)
}

// balanced asks a node that is ready, and another one if nothing could be
// sent to it.
func (p *Probe) balanced(kind judge.Kind) {
	s := judge.Sample{Node: judge.NoNode, Balanced: true, Kind: kind, At: time.Now(), Outcome: "no node is ready"}
	first := rand.IntN(len(p.o.Targets)) //nolint:gosec // no secret
	for i := range p.o.Targets {
		node := (first + i) % len(p.o.Targets)
		if !p.ready[node].Load() {
			continue
		}
		s.Node = node
		unsent := p.ask(&s)
		if !unsent {
			break
		}
		p.ready[node].Store(false) // until it is asked again
	}
	p.add(s)
}

// pair gives two of the users who were not given before in this order, as long as
// there are any.
func (p *Probe) pair() (uid, sid social.UserID) {
	n := int(p.pairs.Add(1) - 1)
	of := len(p.o.Users)
	from, step := n%of, 1+n/of%(of-1)
	return p.o.Users[from], p.o.Users[(from+step)%of]
}

func (p *Probe) anyone() social.UserID { return p.o.Users[rand.IntN(len(p.o.Users))] } //nolint:gosec // no secret

// phone makes up a number.
func phone() string { return fmt.Sprintf("+86139%08d", rand.IntN(100_000_000)) } //nolint:gosec // no secret

// Sent is a swipe that the probe sent once, and nobody else.
type Sent struct {
	UID, SID social.UserID
	At       time.Time
}

// Burst sends n swipes to a node at the same instant and gives what they were, once
// sending has begun. Their answers are no samples.
func (p *Probe) Burst(node, n int) []Sent {
	sent := make([]Sent, n)
	for i := range sent {
		uid, sid := p.pair()
		sent[i] = Sent{uid, sid, time.Now()}
		p.calls.Go(func() { p.client.Swipe(client.How{Node: node}, uid, sid, social.MarkLike) })
	}
	return sent
}

// Samples gives what was seen so far, by when it was sent.
func (p *Probe) Samples() []judge.Sample {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := slices.Clone(p.samples)
	slices.SortStableFunc(out, func(a, b judge.Sample) int { return a.At.Compare(b.At) })
	return out
}
