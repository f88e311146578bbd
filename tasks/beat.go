package tasks

import (
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
)

// Turns gives the latest moment at or before now at which something was due. now
// is in the zone of schedules.
type Turns func(now time.Time) time.Time

// Every is due again and again after d, at least a second.
func Every(d time.Duration) Turns {
	d = max(d, time.Second)
	return func(now time.Time) time.Time { return now.Truncate(d) }
}

// Daily is due once each day, at a time of day: where clocks leap over it, about
// then; where they show it twice, at one of the two.
func Daily(hour, minute int) Turns {
	return func(now time.Time) time.Time {
		at := func(days int) time.Time {
			return time.Date(now.Year(), now.Month(), now.Day()+days, hour, minute, 0, 0, now.Location())
		}
		if today := at(0); !today.After(now) {
			return today
		}
		return at(-1)
	}
}

// Schedule makes a task each time it is due: once in the cluster, whatever the
// number of nodes. Turns that were missed because no node ran make one task when
// one runs again; so does the first look ever. While its last task has not ended
// there is no other.
type Schedule struct {
	Name  string // for ever; nothing else has it
	Turns Turns
	Task  func() (persistence.Task, error)
}

// beat looks at the schedules.
type beat struct {
	o    *Options
	seen map[string]time.Time // the turn for which there is nothing left to do
}

func newBeat(o *Options) *beat { return &beat{o, map[string]time.Time{}} }

// turn enqueues what is due. Which node gets to do it the database decides.
func (b *beat) turn(ctx context.Context) error {
	var errs []error
	for i := range b.o.Schedules {
		s := &b.o.Schedules[i]
		now := b.o.Now().In(b.o.Zone())
		due := s.Turns(now)
		if due.Equal(b.seen[s.Name]) {
			continue
		}
		if err := b.enqueue(ctx, s, due, now); err != nil {
			errs = append(errs, err)
			continue
		}
		b.seen[s.Name] = due
	}
	return errors.Join(errs...)
}

func (b *beat) enqueue(ctx context.Context, s *Schedule, due, now time.Time) error {
	task, err := s.Task()
	if err != nil {
		return err
	}
	task.Unique = "schedule " + s.Name
	_, err = b.o.Store.EnqueueDue(ctx, s.Name, due, now, task)
	return err
}
