package swipers

import (
	"context"
	"sync/atomic"
	"time"
)

// pace hands out the moments at which requests are meant to be sent.
type pace struct {
	start    time.Time
	interval time.Duration // 0: a closed loop, which sends when it is ready to
	taken    atomic.Int64
}

func newPace(rate float64, start time.Time) *pace {
	p := &pace{start: start}
	if rate > 0 {
		p.interval = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// take waits for the next moment, or until ctx ends, and gives it: the zero time
// in a closed loop. A moment that has passed is given all the same, so that
// waiting for a slow server counts as its latency.
func (p *pace) take(ctx context.Context) time.Time {
	if p.interval == 0 {
		return time.Time{}
	}
	at := p.start.Add(time.Duration(p.taken.Add(1)-1) * p.interval)
	rest(ctx, time.Until(at))
	return at
}

// rest waits for d or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
