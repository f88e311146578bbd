package accounts

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/swiperhq/swiper/internal/rollcall"
	"github.com/swiperhq/swiper/persistence"
)

const (
	sessionTopic = "sessions"
	// beatEvery is the time between two beats of a node with nothing to tell.
	beatEvery = 250 * time.Millisecond
	// silence is how long a node may be unheard before its news counts as missed.
	// It is under freshFor: by then no reading is good by itself.
	silence = 800 * time.Millisecond
	// goneAfter is when an unheard node counts as stopped. Until then readings
	// are good for freshFor only.
	goneAfter  = trustFor
	beatTime   = 500 * time.Millisecond // to send one
	maxPending = 10_000
	maxTold    = 500 // ids in one message
)

// pulse tells the other nodes which sessions have ended and hears it from them.
//
// Signals may get lost, so every node beats several times a second and numbers
// its messages. As long as each node, this one included, is heard of and no
// number is missing, nothing was missed; else the cache trusts no older reading.
type pulse struct {
	cache    *sessionCache
	watchers *watchers
	signals  persistence.Signals
	now      func() time.Time
	logger   *slog.Logger
	name     string // of this node, a new one every start
	wake     chan struct{}

	mu      sync.Mutex
	pending []string // ended, not told yet
	number  int64    // of the last message sent
	roll    *rollcall.Roll
	failing bool
}

func newPulse(cache *sessionCache, w *watchers, o *Options) *pulse {
	name := rand.Text()
	return &pulse{
		cache: cache, watchers: w, signals: o.Signals, now: o.Now, logger: o.Logger, name: name, wake: make(chan struct{}, 1),
		roll: rollcall.New(rollcall.Options{Self: name, Silence: silence, Gone: goneAfter}),
	}
}

// Run tells and hears which sessions have ended until ctx ends; it returns nil then.
func (s *Service) Run(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- s.Signals.Subscribe(ctx, sessionTopic, s.pulse.hear) }()
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.pulse.wake:
			s.pulse.beat(ctx)
		case <-beat.C:
			s.pulse.beat(ctx)
		}
	}
	s.pulse.last(context.WithoutCancel(ctx))
	if err := <-done; err != nil && !errors.Is(err, ctx.Err()) {
		return err
	}
	return nil
}

// tell has the ends of sessions told by the next beat, which comes at once.
func (p *pulse) tell(ids ...string) {
	p.mu.Lock()
	p.pending = append(p.pending, ids...)
	if len(p.pending) > maxPending {
		p.pending = nil
		p.number++ // nobody gets this one: all look for themselves
	}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// beat sends what is to be told, if only that this node is there.
func (p *pulse) beat(ctx context.Context) {
	for more := true; more; {
		p.mu.Lock()
		ids := p.pending[:min(len(p.pending), maxTold)]
		p.pending = p.pending[len(ids):]
		more = len(p.pending) > 0
		p.number++
		message := p.name + " " + strconv.FormatInt(p.number, 10) + " " + strings.Join(ids, " ")
		p.mu.Unlock()

		sending, cancel := context.WithTimeout(ctx, beatTime)
		err := p.signals.Publish(sending, sessionTopic, message)
		cancel()
		p.sent(ctx, ids, err)
		more = more && err == nil
	}
}

// last tells what is left to be told.
func (p *pulse) last(ctx context.Context) {
	p.mu.Lock()
	left := len(p.pending) > 0
	p.mu.Unlock()
	if left {
		p.beat(ctx)
	}
}

// sent keeps what could not be told for the next beat, and logs when the
// signals go away and when they come back.
func (p *pulse) sent(ctx context.Context, ids []string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.pending = append(slices.Clone(ids), p.pending...)
	}
	switch {
	case err != nil && !p.failing && ctx.Err() == nil:
		p.logger.WarnContext(ctx, "ended sessions cannot be told to other nodes; sessions are looked up every second", slog.Any("err", err))
	case err == nil && p.failing:
		p.logger.InfoContext(ctx, "ended sessions can be told to other nodes again")
	}
	p.failing = err != nil
}

// hear takes a message of any node, this one included.
func (p *pulse) hear(message string) {
	words := strings.Fields(message)
	if len(words) < 2 {
		return
	}
	number, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return
	}
	p.mu.Lock()
	now := p.now()
	_, missed := p.roll.Hear(words[0], number, now)
	until := p.roll.Until(now)
	p.mu.Unlock()

	if ids := words[2:]; len(ids) > 0 {
		p.cache.forget(ids...)
		p.watchers.tell(ids)
	}
	p.cache.heard(until, missed)
}
