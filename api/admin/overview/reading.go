package overview

import (
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// reading is what one sample takes from the metrics: counters since the start
// of the process.
type reading struct {
	requests, swipes, matches, errors, users float64
	batches, batched                         float64
	buckets                                  map[float64]float64 // of the requests' time: how many took at most so many seconds
}

// outcomes of swipes that were asked for and answered as wished.
var wellAnswered = []string{"stored", "repeated", "replayed"} //nolint:gochecknoglobals // a constant that Go cannot express

func read(families []*dto.MetricFamily) *reading {
	r := &reading{buckets: map[float64]float64{}}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			r.add(family.GetName(), m)
		}
	}
	return r
}

func (r *reading) add(name string, m *dto.Metric) {
	switch name {
	case "swiper_http_requests_total":
		r.requests += m.GetCounter().GetValue()
		if strings.HasPrefix(label(m, "status"), "5") {
			r.errors += m.GetCounter().GetValue()
		}
	case "swiper_http_refused_total":
		r.errors += m.GetCounter().GetValue()
	case "swiper_swipes_total":
		if slices.Contains(wellAnswered, label(m, "outcome")) {
			r.swipes += m.GetCounter().GetValue()
		}
	case "swiper_matches_total":
		r.matches += m.GetCounter().GetValue()
	case "swiper_batch_size":
		r.batches += float64(m.GetHistogram().GetSampleCount())
		r.batched += m.GetHistogram().GetSampleSum()
	case "swiper_actors_active":
		if label(m, "kind") == "user" {
			r.users += m.GetGauge().GetValue()
		}
	case "swiper_http_request_seconds":
		for _, b := range m.GetHistogram().GetBucket() {
			r.buckets[b.GetUpperBound()] += float64(b.GetCumulativeCount())
		}
		r.buckets[math.Inf(1)] += float64(m.GetHistogram().GetSampleCount())
	}
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// since tells what happened between two readings so many seconds apart.
func (r *reading) since(before *reading, seconds float64) Point {
	rate := func(now, then float64) float64 { return round(max(0, now-then) / seconds) }
	p := Point{
		Requests: rate(r.requests, before.requests), Swipes: rate(r.swipes, before.swipes), Matches: rate(r.matches, before.matches),
		Errors: rate(r.errors, before.errors), Users: r.users,
	}
	if n := r.batches - before.batches; n > 0 {
		mean := round((r.batched - before.batched) / n)
		p.Batch = &mean
	}
	if q, ok := quantile(0.99, r.buckets, before.buckets); ok {
		ms := round(q * 1000)
		p.P99 = &ms
	}
	return p
}

// quantile estimates a quantile of what was added to the buckets, evenly spread
// within each; what lies in the last one counts as its lower bound.
func quantile(q float64, now, before map[float64]float64) (float64, bool) {
	bounds := make([]float64, 0, len(now))
	for b := range now {
		bounds = append(bounds, b)
	}
	slices.Sort(bounds)
	total := 0.0
	if len(bounds) > 0 {
		last := bounds[len(bounds)-1]
		total = now[last] - before[last]
	}
	if total <= 0 {
		return 0, false
	}
	rank, lower, below := q*total, 0.0, 0.0
	for _, b := range bounds {
		upTo := now[b] - before[b]
		if upTo >= rank && upTo > below {
			if math.IsInf(b, 1) {
				return lower, true
			}
			return lower + (b-lower)*(rank-below)/(upTo-below), true
		}
		lower, below = b, upTo
	}
	return lower, true
}

// round keeps three digits behind the point: more would only be sent.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }
