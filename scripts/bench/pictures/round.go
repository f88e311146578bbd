package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// round is what came of one.
type round struct {
	uploads  int // a second
	took     []time.Duration
	failed   int // swipes
	accepted int
	refused  int // pictures, since there were too many
	broken   int // pictures, in any other way
}

func (r *round) quantile(q float64) float64 {
	if len(r.took) == 0 {
		return 0
	}
	return float64(r.took[min(len(r.took)-1, int(q*float64(len(r.took))))]) / float64(time.Millisecond)
}

func (r *round) p99() float64 { return r.quantile(0.99) }

func (r *round) String() string {
	text := fmt.Sprintf("%d swipes, p50 %.1f ms, p99 %.1f ms, %d failed", len(r.took), r.quantile(0.5), r.p99(), r.failed)
	if r.uploads > 0 {
		text += fmt.Sprintf("; %d pictures accepted, %d refused with 429 or 503, %d failed", r.accepted, r.refused, r.broken)
	}
	return text
}

// round sends swipes and pictures at fixed rates for so long, and waits for the answers.
func (s *stage) round(ctx context.Context, swipes, uploads int, length time.Duration) round {
	r := round{uploads: uploads}
	var mu sync.Mutex
	var all sync.WaitGroup
	all.Go(func() {
		each(ctx, swipes, length, func(at time.Time) {
			n := s.swiped
			s.swiped++
			all.Go(func() {
				uid := n % people
				sid := (uid + 1 + n/people) % people
				a := s.Client.Swipe(client.How{Intended: at}, social.UserID(uid+1), social.UserID(sid+1), social.MarkLike)
				took := time.Since(at)
				mu.Lock()
				defer mu.Unlock()
				r.took = append(r.took, took)
				if !a.OK() {
					r.failed++
				}
			})
		})
	})
	all.Go(func() {
		each(ctx, uploads, length, func(time.Time) {
			uid := social.UserID(1 + s.sent%people)
			s.sent++
			all.Go(func() {
				task, refused, err := s.upload(ctx, uid)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					r.broken++
				case refused:
					r.refused++
				default:
					r.accepted++
					s.pending, s.owners = append(s.pending, task), append(s.owners, uid)
				}
			})
		})
	})
	all.Wait()
	slices.Sort(r.took)
	return r
}

// each calls f so many times a second, with the time when it is meant to be.
func each(ctx context.Context, perSecond int, length time.Duration, f func(at time.Time)) {
	begun := time.Now()
	for n := range int(length.Seconds() * float64(perSecond)) {
		at := begun.Add(time.Duration(n) * time.Second / time.Duration(perSecond))
		timer := time.NewTimer(time.Until(at))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		f(at)
	}
}
