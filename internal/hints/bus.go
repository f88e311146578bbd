package hints

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/internal/rollcall"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	topic = "hints:"
	// maxQueue is how many hints wait to be sent; more are dropped.
	maxQueue = 16 << 10
	// maxTold is how many hints one message has.
	maxTold = 500
	// beatEvery is the time between messages of a node with nothing to tell.
	beatEvery = time.Second
	// silence is how long a node may be unheard before its hints count as lost.
	silence = 3 * time.Second
	// goneAfter is when an unheard node counts as stopped.
	goneAfter = 30 * time.Second
	sendTime  = time.Second
)

// Options of New.
type Options struct {
	// Signals carry hints between nodes; nil: this node is alone.
	Signals persistence.Signals
	// Cluster is the same for the nodes that are to hear each other, and no other's
	// who shares their Redis.
	Cluster string
	// Online tells who is connected to any node; hints of others do not cross. nil: all
	// do, as they do while it fails.
	Online func(ctx context.Context, ids []social.UserID) ([]bool, error)
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discards
	// Registerer takes the metrics; nil exports none.
	Registerer prometheus.Registerer
}

// Bus sends and hears hints. Without Run only those of this node are heard.
type Bus struct {
	Options
	name    string // of this node, a new one every start
	wake    chan struct{}
	dropped prometheus.Counter

	mu      sync.Mutex
	hear    func(Hint)
	missed  func()
	pending []Hint
	number  int64 // of the last message sent
	roll    *rollcall.Roll
	failing bool
}

// New makes a bus to which nobody listens.
func New(opts Options) (*Bus, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Bus{Options: opts, name: rand.Text(), wake: make(chan struct{}, 1), hear: func(Hint) {}, missed: func() {}}
	b.roll = rollcall.New(rollcall.Options{Self: b.name, Silence: silence, Gone: goneAfter})
	b.dropped = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "swiper_hints_dropped_total", Help: "Hints to other nodes that were dropped because too many waited or Redis did not take them.",
	})
	if opts.Registerer != nil {
		if err := opts.Registerer.Register(b.dropped); err != nil {
			return nil, fmt.Errorf("hints: %w", err)
		}
	}
	return b, nil
}

// Listen has hear called with every hint, of this node and others, and missed when
// hints may have been lost. Neither may block. It is for one listener.
func (b *Bus) Listen(hear func(Hint), missed func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hear, b.missed = hear, missed
}

// Tell hints at once here and soon on the other nodes. It never blocks.
func (b *Bus) Tell(h Hint) {
	if !h.valid() {
		return
	}
	b.mu.Lock()
	hear := b.hear
	if b.Signals != nil {
		if len(b.pending) < maxQueue {
			b.pending = append(b.pending, h)
		} else {
			b.dropped.Inc()
			b.number++ // a gap: the others look for themselves
		}
	}
	b.mu.Unlock()
	if b.Signals != nil {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
	hear(h)
}

// Hint is Tell.
func (b *Bus) Hint(uid social.UserID, kind social.EventKind) { b.Tell(Hint{UID: uid, Kind: kind}) }

// Sound tells whether every node's hints are held to arrive.
func (b *Bus) Sound() bool {
	if b.Signals == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.Now()
	return !now.After(b.roll.Until(now))
}

// Run sends and hears until ctx ends; it returns nil then.
func (b *Bus) Run(ctx context.Context) error {
	if b.Signals == nil {
		<-ctx.Done()
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- b.Signals.Subscribe(ctx, topic+b.Cluster, b.receive) }()
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-b.wake:
			b.send(ctx, false)
		case <-beat.C:
			b.send(ctx, true)
		}
	}
	if err := <-done; err != nil && !errors.Is(err, ctx.Err()) {
		return err
	}
	return nil
}

// send sends what waits; if nothing does, only a beat.
func (b *Bus) send(ctx context.Context, beat bool) {
	for more := true; more; {
		b.mu.Lock()
		told := b.pending[:min(len(b.pending), maxTold)]
		if len(told) == 0 && !beat {
			b.mu.Unlock()
			return
		}
		alive := beat
		beat = false
		b.pending = b.pending[len(told):]
		if len(b.pending) == 0 {
			b.pending = nil // what grew in a burst is not kept
		}
		more = len(b.pending) > 0
		b.mu.Unlock()

		sending, cancel := context.WithTimeout(ctx, sendTime)
		told = b.online(sending, told)
		var err error
		if len(told) > 0 || alive {
			err = b.Signals.Publish(sending, topic+b.Cluster, b.next(told))
		}
		cancel()
		b.sent(ctx, len(told), err)
		more = more && err == nil
	}
}

// next gives the next message.
func (b *Bus) next(told []Hint) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.number++
	m := message{node: b.name, number: b.number, hints: told}
	return m.String()
}

// online gives the hints of people who are connected somewhere.
func (b *Bus) online(ctx context.Context, told []Hint) []Hint {
	if b.Online == nil || len(told) == 0 {
		return told
	}
	ids := make([]social.UserID, len(told))
	for i := range told {
		ids[i] = told[i].UID
	}
	there, err := b.Online(ctx, ids)
	if err != nil || len(there) != len(told) {
		return told
	}
	some := make([]Hint, 0, len(told))
	for i := range told {
		if there[i] {
			some = append(some, told[i])
		}
	}
	return some
}

// sent logs when the hints stop getting out and when they do again. What could
// not be sent is dropped: the truth is elsewhere.
func (b *Bus) sent(ctx context.Context, hints int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.dropped.Add(float64(hints))
	}
	switch {
	case err != nil && !b.failing && ctx.Err() == nil:
		b.Logger.WarnContext(ctx, "hints do not reach other nodes; connections look for what is new every few seconds", slog.Any("err", err))
	case err == nil && b.failing:
		b.Logger.InfoContext(ctx, "hints reach other nodes again")
	}
	b.failing = err != nil
}

// receive takes a message of any node, this one included.
func (b *Bus) receive(payload string) {
	m, ok := parse(payload)
	if !ok {
		return
	}
	b.mu.Lock()
	hear, missed := b.hear, b.missed
	first, gap := b.roll.Hear(m.node, m.number, b.Now())
	b.mu.Unlock()
	if m.node == b.name {
		return
	}
	for _, h := range m.hints {
		hear(h)
	}
	if first || gap {
		missed()
	}
}
