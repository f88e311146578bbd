package probe

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// FloodOptions say how many swipes come. Target, Tokens, Users and For are required.
type FloodOptions struct {
	Target string
	Tokens *client.Keyring
	Users  []social.UserID // nobody else acts for them
	Idol   social.UserID   // whom all of them like; 0: each other
	// Rate is how many are sent a second, whatever comes back; 0: as many as
	// Concurrency at a time make.
	Rate        float64
	Concurrency int
	Warm, For   time.Duration // before figures count, and while they do
}

// mostSenders bounds how many are under way in a flood.
const mostSenders = 12_000

// Flood sends swipes and sums up what came back.
func Flood(ctx context.Context, name string, o FloodOptions) (judge.Flood, error) {
	senders := o.Concurrency
	if o.Rate > 0 {
		senders = mostSenders
	}
	c, err := client.New(client.Options{
		Targets: []string{o.Target}, Connections: senders, Tokens: o.Tokens, History: &checker.History{},
	})
	if err != nil {
		return judge.Flood{}, err
	}
	defer c.Close()
	f := &flooding{
		o: &o, client: c, start: time.Now(), took: hdrhistogram.New(1, int64(time.Minute/time.Microsecond), 3),
		sum: judge.Flood{Name: name, Over: o.For},
	}
	ctx, cancel := context.WithTimeout(ctx, o.Warm+o.For)
	defer cancel()
	var all sync.WaitGroup
	if o.Rate > 0 {
		f.offer(ctx, &all)
	} else {
		for range senders {
			all.Go(func() {
				for ctx.Err() == nil {
					f.send(time.Now())
				}
			})
		}
	}
	all.Wait()
	f.sum.P99 = time.Duration(f.took.ValueAtQuantile(99)) * time.Microsecond
	return f.sum, nil
}

type flooding struct {
	o      *FloodOptions
	client *client.Client
	start  time.Time
	under  atomic.Int64

	mu   sync.Mutex
	took *hdrhistogram.Histogram
	sum  judge.Flood
}

// offer sends at the rate: what is due since the last look, every millisecond.
func (f *flooding) offer(ctx context.Context, all *sync.WaitGroup) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for sent := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		due := int(math.Floor(time.Since(f.start).Seconds() * f.o.Rate))
		for ; sent < due && f.under.Load() < mostSenders; sent++ {
			at := f.start.Add(time.Duration(float64(sent) / f.o.Rate * float64(time.Second)))
			f.under.Add(1)
			all.Go(func() {
				defer f.under.Add(-1)
				f.send(at)
			})
		}
		sent = due // what nobody can send any more is not offered
	}
}

// send sends one swipe that was due at a moment.
func (f *flooding) send(due time.Time) {
	uid := f.o.Users[rand.IntN(len(f.o.Users))] //nolint:gosec // no secret
	sid, mark := f.o.Idol, social.MarkLike
	for sid == 0 || sid == uid {
		sid = f.o.Users[rand.IntN(len(f.o.Users))] //nolint:gosec // no secret
	}
	a := f.client.Swipe(client.How{}, uid, sid, mark)
	took := time.Since(due)
	f.mu.Lock()
	defer f.mu.Unlock()
	if due.Before(f.start.Add(f.o.Warm)) {
		return
	}
	f.sum.Offered++
	switch {
	case a.OK(), a.Outcome == string(social.CodeAlreadySwiped):
		f.sum.Accepted++
		_ = f.took.RecordValue(min(took.Microseconds(), f.took.HighestTrackableValue())) // it is in range
	case a.RetryAfter > 0 && (a.Status == http.StatusServiceUnavailable || a.Status == http.StatusTooManyRequests):
		f.sum.Refused++
	default:
		f.sum.Failed++
	}
}
