package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/internal/ending"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/listen"
	"github.com/swiperhq/swiper/scripts/loadtest/live"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/scripts/loadtest/report"
	"github.com/swiperhq/swiper/scripts/loadtest/settle"
	"github.com/swiperhq/swiper/scripts/loadtest/swipers"
	"github.com/swiperhq/swiper/social"
)

// loadtest makes a run and gives the exit status.
func (p *program) loadtest(ctx context.Context, o *options) (status int, err error) {
	if err := report.Prepare(o.report); err != nil {
		return 0, err
	}
	s := &scene{o: o, history: &checker.History{}}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	r := &run{p: p, scene: s}
	if err := r.watched(ctx, func() error { return p.open(ctx, s, &r.observer, r.says) }); err != nil {
		return 0, err
	}
	return r.run(ctx)
}

// run is what happens between the preparations and the verdict.
type run struct {
	p        *program
	scene    *scene
	observer observer
	recorder *measure.Recorder
	ears     *listen.Listeners // nil: nobody listens
	budget   budget
	warm     time.Time // when the warm-up is over
	phase    atomic.Pointer[string]

	interrupted string
}

func (r *run) says(phase string) { r.phase.Store(&phase) }

func (r *run) phaseNow() string {
	if phase := r.phase.Load(); phase != nil {
		return *phase
	}
	return ""
}

// watched shows people how it goes while f does something.
func (r *run) watched(ctx context.Context, f func() error) error {
	shown, stop := context.WithCancel(context.WithoutCancel(ctx))
	over := make(chan struct{})
	go func() {
		defer close(over)
		live.Run(shown, live.Options{
			Out: r.p.stderr, Terminal: live.IsTerminal(r.p.stderr), Recorder: r.recorder, Phase: r.phaseNow, Total: r.scene.o.duration,
		})
	}()
	err := f()
	stop()
	<-over
	return err
}

func (r *run) run(ctx context.Context) (int, error) {
	s, o := r.scene, r.scene.o
	r.p.announce(s)
	listeners, err := r.listen(ctx)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	end := latest(s.surveyed.Add(o.duration), start.Add(o.duration/2))
	r.warm = latest(s.surveyed.Add(o.warmup), start)
	r.recorder = measure.New(measure.Options{Start: start, Warmup: r.warm.Sub(start)})
	meta := checker.Meta{
		Seed: o.seed, Started: s.epoch, Fresh: s.fresh, Users: len(s.people), Targets: o.targets, Limits: s.limits,
		Days: o.days, Listeners: listeners,
	}
	err = r.watched(ctx, func() error {
		if err := r.play(ctx, end); err != nil {
			return err
		}
		return r.settle(ctx, end, &meta)
	})
	if r.ears != nil {
		r.ears.Stop()
	}
	if err != nil {
		return 0, err
	}
	if ctx.Err() != nil {
		r.interrupted = "by a signal"
	}
	if err := s.rules.restore(ctx); err != nil && s.own == nil {
		fmt.Fprintf(r.p.stderr, "loadtest: the settings could not be put back: %v\n", err)
	}
	return r.judge(ctx, &meta)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// announce says what is about to happen to whom.
func (p *program) announce(s *scene) {
	o := s.o
	what := fmt.Sprintf("as many requests as %d at a time make", o.concurrency)
	if o.rate > 0 {
		what = fmt.Sprintf("%.0f requests", o.rate*o.duration.Seconds())
	}
	whose := "its own server"
	if s.own == nil {
		whose = join(o.targets)
	}
	fmt.Fprintf(p.stderr, "loadtest: %d swipers, %s, seed %d: %s against %s", len(s.people), o.duration, o.seed, what, whose)
	if len(s.rules.set) > 0 {
		fmt.Fprintf(p.stderr, "; meanwhile other settings: %s", strings.Join(s.rules.set, ", "))
	}
	fmt.Fprintln(p.stderr)
}

// play lets the crowd play until end.
func (r *run) play(ctx context.Context, end time.Time) error {
	s, o := r.scene, r.scene.o
	r.budget.ops = r.observer.count.Load
	r.budget.began(s.readRate)
	crowd, err := swipers.New(swipers.Options{
		Door: s.client, People: s.people, Nodes: s.client.Targets(), Seed: o.seed, Tag: tag(s.epoch),
		Couples: o.couples, Concurrency: o.concurrency, Rate: o.rate, Room: r.budget.room, Burst: burst,
		Feed: func(uid social.UserID) *client.Feed { return s.feeds[uid] },
	})
	if err != nil {
		return err
	}
	r.budget.end, r.budget.within = end, o.within
	half := time.Now().Add(time.Until(end) / 2)
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	r.observer.to.Store(r.recorder)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		r.watchRate(ctx, func() {
			if time.Now().After(half) {
				cancel()
			}
		})
	}()
	crowd.Play(ctx)
	cancel()
	<-watched
	r.recorder.End(time.Now())
	r.observer.to.Store(nil)
	return nil
}

// watchRate tells the budget what the server answers, and people what goes on;
// it calls full when there is no room for more swipes.
func (r *run) watchRate(ctx context.Context, full func()) {
	const every = time.Second
	last := r.observer.count.Load()
	tick := time.NewTicker(every)
	defer tick.Stop()
	r.says("warm-up")
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := r.observer.count.Load()
		r.budget.seen(float64(now-last)/every.Seconds(), r.scene.o.rate > 0)
		last = now
		switch {
		case time.Now().Before(r.warm):
		case r.budget.full.Load():
			r.says("load (as many swipes as can be checked)")
			full()
		default:
			r.says("load")
		}
	}
}

// tag begins the keys of a run: the time in a short form.
func tag(t time.Time) string { return "lt" + strconv.FormatInt(t.UnixMicro(), 36) }

// settleAtATime is how many look at what is left: more than that only wait.
const settleAtATime = 128

// settle looks at what the load has left behind.
func (r *run) settle(ctx context.Context, end time.Time, meta *checker.Meta) error {
	s := r.scene
	if ctx.Err() != nil {
		return nil // the verdict will say that nothing was looked at
	}
	r.says("settle")
	ops := s.history.Ops()
	member := make(map[social.UserID]bool, len(s.people))
	for _, uid := range s.people {
		member[uid] = true
	}
	until := end.Add(r.budget.forSettling(2 * int64(len(ops)))) // about as many again are to come
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	done, err := settle.Run(ctx, settle.Options{
		Door: s.client, Nodes: s.client.Targets(), Concurrency: settleAtATime, History: ops,
		Member:   func(uid social.UserID) bool { return member[uid] },
		Feed:     func(uid social.UserID) *client.Feed { return s.feeds[uid] },
		Progress: func(done, total int) { r.says(fmt.Sprintf("settle %d/%d", done, total)) },
	})
	if err != nil {
		return err
	}
	if done.EventsHeld {
		fmt.Fprintln(r.p.stderr, "loadtest: the latest matches are told to nobody: another transaction on the server's database holds events up, or they are not written")
	}
	meta.Probed, meta.Unprobed = done.Missing == 0, done.Missing
	r.hearOut(ctx)
	return nil
}

// judge judges and writes everything down; both at once, they take a while.
func (r *run) judge(ctx context.Context, meta *checker.Meta) (int, error) {
	o := r.scene.o
	var unread error // what was measured is written down all the same
	if o.faults != "" {
		meta.Faults, unread = readFaults(o.faults, meta.Started)
	}
	history := &checker.Run{Meta: *meta, Ops: r.scene.history.Ops()}
	written := make(chan error, 1)
	go func() { written <- writeHistory(o.report, history) }()
	var verdict checker.Verdict
	_ = r.watched(ctx, func() error {
		r.says("judge")
		verdict = checker.Judge(history, judgeOptions(o.judge))
		return nil
	})
	r.p.tell(&verdict)
	err := report.Write(o.report, report.Input{
		Result: r.recorder.Result(), Pushes: listen.Sum(history.Ops, meta.Started, int64(r.warm.Sub(meta.Started))), Verdict: verdict, Meta: *meta, Options: o.given, Interrupted: r.interrupted,
	})
	if err = errors.Join(unread, err, <-written); err != nil {
		return 0, err
	}
	fmt.Fprintf(r.p.stdout, "seed %d; report in %s\n", o.seed, o.report)
	if r.interrupted != "" {
		return 0, errInterrupted
	}
	return ending.StatusOf(verdict.Outcome), nil
}
