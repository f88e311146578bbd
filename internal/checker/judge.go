package checker

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/social"
)

// JudgeOptions say how a run is judged. Zero values mean the defaults.
type JudgeOptions struct {
	// PairBudget bounds the search for an order of one pair's operations, 5 s; a
	// pair that needs longer is undecided.
	PairBudget time.Duration
	// MinAcknowledged, MinMatches and MinCouples are what must have happened for a
	// run to prove anything: 1000, 20 and 20.
	MinAcknowledged, MinMatches, MinCouples int
	// MinFaultRate is how many operations a second must have been acknowledged
	// while a fault was on: 100.
	MinFaultRate float64
	// Workers judge pairs at the same time; as many as there are processors.
	Workers int
	// Now is the clock that budgets are measured by.
	Now func() time.Time
}

func (o JudgeOptions) withDefaults() JudgeOptions {
	o.PairBudget = cmp.Or(o.PairBudget, 5*time.Second)
	o.MinAcknowledged = cmp.Or(o.MinAcknowledged, 1000)
	o.MinMatches = cmp.Or(o.MinMatches, 20)
	o.MinCouples = cmp.Or(o.MinCouples, 20)
	o.MinFaultRate = cmp.Or(o.MinFaultRate, 100)
	o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Outcome is the verdict in a word.
type Outcome string

// The outcomes. A run with anomalies is broken even if little happened in it.
const (
	Clean  Outcome = "clean"  // enough happened, and all of it by the rules
	Broken Outcome = "broken" // anomalies were found
	Void   Outcome = "void"   // nothing was found, and nothing is proved
)

// Verdict is what came of judging a run.
type Verdict struct {
	Outcome Outcome  `json:"outcome"`
	Why     []string `json:"why,omitempty"` // of an outcome that is not clean, for people

	// Acknowledged, Refused and Unknown count swipes, rewinds and unfriendings of
	// the load; the attempts under one Idempotency-Key that were not refused count
	// as one.
	Acknowledged int `json:"acknowledged"`
	Refused      int `json:"refused"`
	Unknown      int `json:"unknown"`
	Matches      int `json:"matches"` // friendships whose making was acknowledged
	Couples      int `json:"couples"` // pairs whose likes at the same instant were both acknowledged
	Pairs        int `json:"pairs"`   // judged
	Pushes       int `json:"pushes"`  // events that arrived at those who listened

	Anomalies map[AnomalyKind]int `json:"anomalies"`          // never nil
	Examples  []Anomaly           `json:"examples,omitempty"` // at most five of each kind
}

// Judge looks for everything in a run that breaks the rules. It does not change
// the run. A pair has at most one anomaly of its own, and one more for each side
// if its events are wrong.
//
// The run must lie within as many days of the system's quota zone as its Meta
// says, with the limits of its Meta in force throughout and without a rewind
// window, and nobody else may have acted on the users meanwhile.
func Judge(run *Run, opts JudgeOptions) Verdict {
	opts = opts.withDefaults()
	var found findings
	ops := attempts(run.Ops, &found)
	v := Verdict{Anomalies: map[AnomalyKind]int{}}
	v.count(ops)

	t := newTable(ops, run.Meta.Fresh, &found)
	v.Pairs = len(t.pairs)
	j := judge{table: t, ops: ops, opts: &opts, events: t.readEvents(ops, &found)}
	v.Matches = j.pairs(&found)
	for _, own := range byUser(ops) {
		judgeSelf(ops, own, &found)
		judgeQuotas(ops, own, &run.Meta, &found)
		judgeRewinds(ops, own, &found)
	}
	faults := len(run.Meta.Faults) > 0
	heard := judgePushes(ops, faults, &found)
	v.Pushes = heard.pushed
	v.conclude(&found, append(volume(run, ops, &v, &opts), heard.void(run.Meta.Listeners, faults)...))
	return v
}

// count counts the load.
func (v *Verdict) count(ops []Op) {
	couples := map[social.Pair]side{}
	for i := range ops {
		op := &ops[i]
		if !counts(op) {
			continue
		}
		switch op.Code {
		case "":
			v.Acknowledged++
		case Unknown:
			v.Unknown++
		default:
			v.Refused++
		}
		if !op.Couple || op.Kind != Swipe || !op.Acked() {
			continue
		}
		p, s := social.PairOf(op.UID, op.SID), sideOf(op.UID, op.SID)
		const both = 2
		switch half, known := couples[p]; {
		case !known:
			couples[p] = s
		case half == s.other():
			couples[p] = both
			v.Couples++
		}
	}
}

// conclude fills in what was found and the outcome.
func (v *Verdict) conclude(found *findings, void []string) {
	maps.Copy(v.Anomalies, found.counts)
	for _, kind := range slices.Sorted(maps.Keys(v.Anomalies)) {
		v.Examples = append(v.Examples, found.examples[kind]...)
		v.Why = append(v.Why, fmt.Sprintf("%d × %s", v.Anomalies[kind], kind))
	}
	switch {
	case len(v.Anomalies) > 0:
		v.Outcome = Broken
	case len(void) > 0:
		v.Outcome, v.Why = Void, void
	default:
		v.Outcome = Clean
	}
}

// judge judges the pairs of a table.
type judge struct {
	*table
	ops    []Op
	opts   *JudgeOptions
	events map[social.UserID]*told
}

// pairs judges all pairs on several goroutines and counts the friendships made.
func (j *judge) pairs(found *findings) (matches int) {
	const chunk = 256
	var next, made atomic.Int64
	var mu sync.Mutex
	var broken []brokenPair
	var wg sync.WaitGroup
	start := nothing()
	if !j.fresh {
		start = anything()
	}
	for range j.opts.Workers {
		wg.Go(func() {
			own := docket{}
			s := newSearch(start, j.opts.PairBudget, j.opts.Now)
			for {
				to := int(next.Add(chunk))
				for pair := to - chunk; pair < min(to, len(j.table.pairs)); pair++ {
					made.Add(int64(j.pair(int32(pair), s, &own))) //nolint:gosec // fewer than 2³¹ pairs
				}
				if to >= len(j.table.pairs) {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			found.join(&own.findings)
			broken = append(broken, own.broken...)
		})
	}
	wg.Wait()
	convict(broken)
	for _, b := range broken {
		p := &j.table.pairs[b.pair]
		found.add(Anomaly{b.kind, b.kind.sentence(p), retell(j.ops, p, j.of(b.pair))})
	}
	return int(made.Load())
}

// docket is what one goroutine has found.
type docket struct {
	findings
	broken []brokenPair
}

// pair judges one pair and counts the friendships it made. Events are compared
// only where what stands is right.
func (j *judge) pair(pair int32, s *search, found *docket) (matches int) {
	acts := j.of(pair)
	p := &j.table.pairs[pair]
	if kind, charges := s.judgePair(acts); kind != "" {
		found.broken = append(found.broken, brokenPair{pair, kind, charges})
		return formations(acts, never)
	}
	for _, s := range []side{0, 1} {
		of := j.events[p.user(s)]
		if of == nil {
			continue
		}
		if kind, detail := j.judgeEvents(pair, s, acts, of); kind != "" {
			found.add(Anomaly{kind, detail, retell(j.ops, p, acts)})
		}
	}
	return formations(acts, never)
}

// judgeSelf looks for a swipe of oneself that was acknowledged.
func judgeSelf(ops []Op, own []int32, found *findings) {
	for _, i := range own {
		if op := &ops[i]; op.Kind == Swipe && op.Acked() && op.UID == op.SID {
			found.add(Anomaly{Inconsistent, fmt.Sprintf("user %d swiped themself, and it was acknowledged", op.UID), []Op{*op}})
		}
	}
}
