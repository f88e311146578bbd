package settle

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// Door is what is asked of the server; *client.Client is one.
type Door interface {
	Swipe(how client.How, uid, sid social.UserID, mark social.Mark) client.Answer
	Friends(how client.How, uid social.UserID) client.Answer
	Likes(how client.How, uid social.UserID) client.Answer
	Quotas(how client.How, uid social.UserID) (map[social.Action]client.Quota, client.Answer)
	Events(how client.How, uid social.UserID, f *client.Feed) client.Answer
	// ReadEvents reads one more page and notes nothing.
	ReadEvents(how client.How, uid social.UserID, f *client.Feed) client.Answer
}

// Options of Run. Door, Nodes, Concurrency, Member and Feed are required.
type Options struct {
	Door  Door
	Nodes int // targets behind Door
	// Concurrency is how many requests are under way at a time.
	Concurrency int
	// History is what happened so far.
	History []checker.Op
	// Member tells who took part and can be asked.
	Member func(social.UserID) bool
	// Feed gives where uid goes on reading events.
	Feed func(social.UserID) *client.Feed
	// Progress is told now and then how much is done; nil: nobody looks.
	Progress func(done, total int)
}

// Report tells what was looked at.
type Report struct {
	Reads, Probes int
	Missing       int  // reads and probes without an answer when the time was over
	NoEvents      bool // the server has no events to read
	EventsHeld    bool // the latest are not told yet; then nobody's were read, and these are missing
}

// patience is how long nothing at all may be answered. A node that is started
// again takes a few seconds.
const patience = 12 * time.Second

// Run looks at everything until it is done, ctx ends, or the server has answered
// nothing for twelve seconds.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.Door == nil || o.Nodes < 1 || o.Concurrency < 1 || o.Member == nil || o.Feed == nil {
		return Report{}, errors.New("settle: Door, Nodes, Concurrency, Member and Feed are required")
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	p := planOf(o.History, o.Member)
	s := &settling{o: o, ctx: ctx}
	s.latest.Store(time.Now().UnixNano())
	held := !s.awaitEvents(heraldsOf(o.History, o.Member))
	reads := s.reads(p.people, !held)
	s.total = len(reads) + len(p.stand) + len(p.undone)
	missing := 0
	if held {
		missing = len(p.people)
	}
	s.all(reads)
	s.all(s.probes(p.stand))
	s.all(s.probes(p.undone))
	return Report{
		Reads: len(reads), Probes: len(p.stand) + len(p.undone),
		Missing: missing + s.total - int(s.done.Load()), NoEvents: s.noEvents.Load(), EventsHeld: held,
	}, nil
}

// job is one thing to look at; it tells whether the answer settles it.
type job func(how client.How) (a client.Answer, settled bool)

type settling struct {
	o        Options
	ctx      context.Context //nolint:containedctx // lives as long as Run does
	total    int
	done     atomic.Int64
	node     atomic.Uint64
	noEvents atomic.Bool
	latest   atomic.Int64 // when something was settled, in Unix nanoseconds
}

func (s *settling) reads(people []social.UserID, events bool) []job {
	var jobs []job
	read := func(f func(client.How) client.Answer) {
		jobs = append(jobs, func(how client.How) (client.Answer, bool) {
			a := f(how)
			return a, a.OK()
		})
	}
	for _, uid := range people {
		read(func(how client.How) client.Answer { return s.o.Door.Friends(how, uid) })
		read(func(how client.How) client.Answer { return s.o.Door.Likes(how, uid) })
		read(func(how client.How) client.Answer {
			_, a := s.o.Door.Quotas(how, uid)
			return a
		})
		if events {
			jobs = append(jobs, s.events(uid))
		}
	}
	return jobs
}

// events reads a user's events, or learns that this server tells none.
func (s *settling) events(uid social.UserID) job {
	return func(how client.How) (client.Answer, bool) {
		if s.noEvents.Load() {
			return client.Answer{}, true
		}
		a := s.o.Door.Events(how, uid, s.o.Feed(uid))
		if a.Outcome == string(social.CodeNotFound) {
			s.noEvents.Store(true)
			return a, true
		}
		return a, a.OK()
	}
}

func (s *settling) probes(of []probe) []job {
	jobs := make([]job, len(of))
	for i, p := range of {
		jobs[i] = func(how client.How) (client.Answer, bool) {
			a := s.o.Door.Swipe(how, p.uid, p.sid, p.mark)
			return a, !a.Passing() // a refusal tells something, too
		}
	}
	return jobs
}

// all does the jobs in no order, so that nobody is asked about in a row: a
// server lets one user do only so much at a time.
func (s *settling) all(jobs []job) {
	rand.Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] }) //nolint:gosec // no secret
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(s.o.Concurrency, len(jobs)) {
		workers.Go(func() {
			for !s.over() {
				i := int(next.Add(1)) - 1
				if i >= len(jobs) {
					return
				}
				s.one(jobs[i])
			}
		})
	}
	workers.Wait()
}

// over tells whether there is no time left, or nobody who answers.
func (s *settling) over() bool {
	return s.ctx.Err() != nil || time.Since(time.Unix(0, s.latest.Load())) > patience
}

// Waits between two tries.
const (
	firstWait = 50 * time.Millisecond
	mostWait  = 2 * time.Second
	// maxTries bounds what fails without a passing reason.
	maxTries = 5
)

// one does a job, again and again while it fails for reasons that pass.
func (s *settling) one(do job) {
	wait := firstWait
	for try := 1; !s.over(); try++ {
		node := s.node.Add(1) % uint64(s.o.Nodes)                  //nolint:gosec // at least 1
		a, settled := do(client.How{Node: int(node), Probe: true}) //nolint:gosec // below Nodes
		if settled {
			s.latest.Store(time.Now().UnixNano())
			if done := s.done.Add(1); done%256 == 0 || int(done) == s.total {
				s.o.Progress(int(done), s.total)
			}
			return
		}
		if !a.Passing() && try == maxTries {
			return
		}
		pause(s.ctx, max(wait, min(mostWait, a.RetryAfter)))
		wait = min(2*wait, mostWait)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
