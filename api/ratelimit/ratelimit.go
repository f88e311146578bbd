package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	period = time.Minute
	// patience is how long the shared limiter may take to answer.
	patience = 250 * time.Millisecond
	// pause is how long a limiter that failed is not asked again, and the least
	// time for which its refusal is repeated from memory: clients are told as much.
	pause = time.Second
)

// Who is counted: an address or a user.
type Who struct {
	addr netip.Addr
	uid  social.UserID
}

// Address counts by IPv4 address or by IPv6 /64, which is what one customer
// gets. ok is false for those that are not counted: this machine, and what is
// no address.
func Address(a netip.Addr) (who Who, ok bool) {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || a.IsLoopback() {
		return Who{}, false
	}
	if a.Is6() {
		a = netip.PrefixFrom(a, 64).Masked().Addr()
	}
	return Who{addr: a}, true
}

// User counts by user.
func User(uid social.UserID) Who { return Who{uid: uid} }

func (w Who) kind() string {
	if w.addr.IsValid() {
		return "address"
	}
	return "user"
}

func (w Who) key() string {
	if w.addr.IsValid() {
		return "requests/address/" + w.addr.String()
	}
	return "requests/user/" + strconv.FormatInt(int64(w.uid), 10)
}

// Options of New. Limiter and Registerer are required.
type Options struct {
	Limiter    persistence.Limiter
	Now        func() time.Time // nil: time.Now
	Logger     *slog.Logger     // nil: discards
	Registerer prometheus.Registerer
}

// Limits counts requests.
type Limits struct {
	o         Options
	tally     *tally
	away      atomic.Int64 // Unix nanoseconds until which the limiter is not asked
	refused   *prometheus.CounterVec
	unchecked prometheus.Counter
}

// New registers the metrics of what is refused and of what passed unchecked.
func New(o Options) (*Limits, error) {
	if o.Limiter == nil || o.Registerer == nil {
		return nil, errors.New("ratelimit: Limiter and Registerer are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Limits{
		o: o, tally: newTally(),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "swiper_rate_limited_total", Help: "Requests refused because an address or a user asked too often.",
		}, []string{"by"}),
		unchecked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "swiper_rate_unchecked_total", Help: "Requests that passed uncounted because Redis could not be asked.",
		}),
	}
	for _, c := range []prometheus.Collector{l.refused, l.unchecked} {
		if err := o.Registerer.Register(c); err != nil {
			return nil, fmt.Errorf("ratelimit: %w", err)
		}
	}
	return l, nil
}

// Allow counts one request and gives nil, or the refusal: CodeRateLimited. A
// limit holds for a minute; 0 stands for none, too.
func (l *Limits) Allow(ctx context.Context, who Who, limit social.Limit) error {
	if limit.None() || limit == 0 {
		return nil
	}
	now := l.o.Now()
	count, until := l.tally.add(who, now)
	if wait := until.Sub(now); wait > 0 {
		return l.refuse(who, wait)
	}
	free := int(limit) / 4
	if count <= free {
		return nil
	}
	if now.UnixNano() < l.away.Load() {
		l.unchecked.Inc()
		return nil
	}
	wait, err := l.ask(ctx, who, persistence.Rate{Burst: int(limit) - free, Period: period})
	switch {
	case err != nil:
		l.unchecked.Inc()
		if ctx.Err() == nil {
			l.away.Store(now.Add(pause).UnixNano())
			l.o.Logger.LogAttrs(ctx, slog.LevelWarn, "requests pass uncounted", slog.Any("error", err))
		}
		return nil
	case wait > 0:
		wait = max(wait, pause)
		l.tally.block(who, now.Add(wait))
		return l.refuse(who, wait)
	}
	return nil
}

func (l *Limits) ask(ctx context.Context, who Who, rate persistence.Rate) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return l.o.Limiter.Allow(ctx, who.key(), rate)
}

func (l *Limits) refuse(who Who, wait time.Duration) error {
	l.refused.WithLabelValues(who.kind()).Inc()
	return &social.Error{Code: social.CodeRateLimited, Message: "That is too many requests. Try again later.", RetryAfter: wait}
}
