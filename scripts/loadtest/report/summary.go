package report

import (
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/social"
)

// summary is report.json. Its names are read by other programs: they stay, and
// others are only added. Latencies are milliseconds from the intended sending.
type summary struct {
	Verdict     string   `json:"verdict"` // clean, broken or void
	Why         []string `json:"why"`
	Interrupted string   `json:"interrupted,omitempty"`

	Acknowledged int `json:"acknowledged"` // changes that were, in the whole run
	Refused      int `json:"refused"`
	Unknown      int `json:"unknown"`
	Matches      int `json:"matches"`
	Couples      int `json:"couples"`
	Pairs        int `json:"pairs"`

	SwipesPerSecond   float64 `json:"swipes_per_second"`   // acknowledged, in the measured window
	RequestsPerSecond float64 `json:"requests_per_second"` // of every kind and outcome
	quantiles

	Anomalies map[checker.AnomalyKind]int `json:"anomalies"`
	Examples  []checker.Anomaly           `json:"examples"`

	Started   time.Time `json:"started"`
	WarmupS   float64   `json:"warmup_s"`
	DurationS float64   `json:"duration_s"` // of the measured window
	Seed      uint64    `json:"seed"`
	Users     int       `json:"users"`
	Targets   []string  `json:"targets"`
	Fresh     bool      `json:"fresh"`
	Unprobed  int       `json:"unprobed"`
	// Limits are what was allowed a day; null for no limit.
	Limits  map[social.Action]*int `json:"limits"`
	Faults  []fault                `json:"faults"`
	Options map[string]string      `json:"options"`

	Pushes     pushes      `json:"pushes"`
	Operations []operation `json:"operations"`
	Series     []second    `json:"series"`
}

// quantiles are those of the swipes, or of whatever they stand beside.
type quantiles struct {
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
}

// pushes tells what those who listened heard. Latencies are from a swipe's answer
// that told of a match to the push at the other side, of the measured window.
type pushes struct {
	Listeners   int   `json:"listeners"`
	Connections int   `json:"connections"`
	Events      int   `json:"events"`
	Measured    int64 `json:"measured"`
	quantiles

	Max float64 `json:"max_ms"`
}

// operation sums up one kind of request.
type operation struct {
	Name     string           `json:"name"`
	Count    int64            `json:"count"`
	OK       int64            `json:"ok"`
	Refused  int64            `json:"refused"`
	Failed   int64            `json:"failed"`
	Outcomes map[string]int64 `json:"outcomes"`
	quantiles

	Max float64 `json:"max_ms"`
}

// second is one second of the measured window, counted from the start of the load.
type second struct {
	At      int   `json:"at_s"`
	OK      int64 `json:"ok"`
	Refused int64 `json:"refused"`
	Failed  int64 `json:"failed"`
	Swipes  int64 `json:"swipes"`
	Matches int64 `json:"matches"`
	quantiles
}

// fault is something done on purpose, in seconds from the start of the load.
type fault struct {
	Name string  `json:"name"`
	From float64 `json:"from_s"`
	To   float64 `json:"to_s"`
}

func summarize(in *Input) summary {
	res, v := &in.Result, &in.Verdict
	swipes := res.Op(measure.Swipe)
	out := summary{
		Verdict: string(v.Outcome), Why: orEmpty(v.Why), Interrupted: in.Interrupted,
		Acknowledged: v.Acknowledged, Refused: v.Refused, Unknown: v.Unknown, Matches: v.Matches, Couples: v.Couples, Pairs: v.Pairs,
		SwipesPerSecond: res.PerSecond(swipes.OK), RequestsPerSecond: res.PerSecond(res.All.All()), quantiles: quantilesOf(&swipes),
		Anomalies: map[checker.AnomalyKind]int{}, Examples: orEmpty(v.Examples),
		Started: in.Meta.Started, WarmupS: res.Warmup.Seconds(), DurationS: res.Duration.Seconds(),
		Seed: in.Meta.Seed, Users: in.Meta.Users, Targets: orEmpty(in.Meta.Targets), Fresh: in.Meta.Fresh, Unprobed: in.Meta.Unprobed,
		Limits: map[social.Action]*int{}, Faults: []fault{}, Options: in.Options, Operations: []operation{}, Series: []second{},
	}
	if out.Options == nil {
		out.Options = map[string]string{}
	}
	heard := &in.Pushes
	out.Pushes = pushes{
		heard.Listeners, heard.Connections, heard.Events, heard.Delay.All(), quantilesOf(&heard.Delay), millis(heard.Delay.Quantile(1)),
	}
	for kind, n := range v.Anomalies {
		if n > 0 {
			out.Anomalies[kind] = n
		}
	}
	for _, op := range res.Ops {
		out.Operations = append(out.Operations, operationOf(&op))
	}
	for _, s := range res.Series {
		out.Series = append(out.Series, secondOf(&s))
	}
	for action, limit := range in.Meta.Limits {
		out.Limits[action] = nil
		if !limit.None() {
			out.Limits[action] = new(int(limit))
		}
	}
	// Faults count from when the run began, figures from when its load did.
	late := in.Result.Start.Sub(in.Meta.Started)
	if in.Meta.Started.IsZero() || in.Result.Start.IsZero() {
		late = 0
	}
	for _, f := range in.Meta.Faults {
		out.Faults = append(out.Faults, fault{f.Name, (time.Duration(f.From) - late).Seconds(), (time.Duration(f.To) - late).Seconds()})
	}
	return out
}

func operationOf(op *measure.Op) operation {
	return operation{
		Name: op.Name, Count: op.All(), OK: op.OK, Refused: op.Refused, Failed: op.Failed, Outcomes: op.Outcomes,
		quantiles: quantilesOf(op), Max: millis(op.Quantile(1)),
	}
}

func secondOf(s *measure.Second) second {
	return second{
		At: s.At, OK: s.OK, Refused: s.Refused, Failed: s.Failed, Swipes: s.Swipes, Matches: s.Matches,
		quantiles: quantiles{millis(s.Latency.P50), millis(s.Latency.P95), millis(s.Latency.P99)},
	}
}

func quantilesOf(op *measure.Op) quantiles {
	return quantiles{millis(op.Quantile(0.5)), millis(op.Quantile(0.95)), millis(op.Quantile(0.99))}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// orEmpty keeps null out of the JSON: who reads a list need not ask whether there is one.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
