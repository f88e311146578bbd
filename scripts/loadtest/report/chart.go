package report

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// charts is what the page's script draws. A null value is a gap.
type charts struct {
	Time    []int       `json:"time"` // seconds from the start of the load
	OK      []*float64  `json:"ok"`
	Swipes  []*float64  `json:"swipes"`
	Refused []*float64  `json:"refused"`
	Failed  []*float64  `json:"failed"`
	P50     []*float64  `json:"p50"` // milliseconds, of swipes
	P95     []*float64  `json:"p95"`
	P99     []*float64  `json:"p99"`
	Faults  []fault     `json:"faults"`
	Spreads []histogram `json:"spreads"`
	Window  [2]float64  `json:"window"` // the measured seconds, from and to
}

// histogram is how the latencies of one operation spread. A bin's edges are
// powers of the tenth root of ten: Shares[i] are those from 10^((First+i)/10)
// milliseconds up to 10^((First+i+1)/10).
type histogram struct {
	Name   string    `json:"name"`
	First  int       `json:"first"`
	Shares []float64 `json:"shares"` // percent of the requests
}

// binsPerDecade is known to the page's script, too.
const binsPerDecade = 10

func chartsOf(res *measure.Result, sum *summary) charts {
	from := sum.WarmupS
	out := charts{
		Time: []int{}, OK: []*float64{}, Swipes: []*float64{}, Refused: []*float64{}, Failed: []*float64{},
		P50: []*float64{}, P95: []*float64{}, P99: []*float64{},
		Faults: sum.Faults, Spreads: []histogram{}, Window: [2]float64{from, from + sum.DurationS},
	}
	for _, s := range sum.Series {
		out.Time = append(out.Time, s.At)
		// A second that lies in the window in part would look like a collapse.
		whole := float64(s.At) >= from && float64(s.At+1) <= from+sum.DurationS
		out.OK = append(out.OK, point(float64(s.OK), whole))
		out.Swipes = append(out.Swipes, point(float64(s.Swipes), whole))
		out.Refused = append(out.Refused, point(float64(s.Refused), whole))
		out.Failed = append(out.Failed, point(float64(s.Failed), whole))
		out.P50 = append(out.P50, point(s.P50, s.P50 > 0))
		out.P95 = append(out.P95, point(s.P95, s.P95 > 0))
		out.P99 = append(out.P99, point(s.P99, s.P99 > 0))
	}
	for i := range res.Ops {
		if h, ok := spread(&res.Ops[i]); ok {
			out.Spreads = append(out.Spreads, h)
		}
	}
	return out
}

func point(value float64, known bool) *float64 {
	if !known {
		return nil
	}
	return &value
}

// spread sorts the latencies of op into bins; ok is false when it has none.
func spread(op *measure.Op) (h histogram, ok bool) {
	if op.Latency == nil || op.Latency.TotalCount() == 0 {
		return h, false
	}
	h = histogram{Name: op.Name, First: binOf(op.Latency.Min())}
	h.Shares = make([]float64, binOf(op.Latency.Max())-h.First+1)
	for _, bar := range op.Latency.Distribution() {
		if bar.Count > 0 {
			h.Shares[clamp(binOf(middle(bar))-h.First, len(h.Shares))] += 100 * float64(bar.Count) / float64(op.Latency.TotalCount())
		}
	}
	return h, true
}

// middle stands for all values of a bar, which spans 0.1 % of them.
func middle(b hdrhistogram.Bar) int64 { return (b.From + b.To) / 2 }

// binOf gives the bin of a latency in microseconds.
func binOf(micros int64) int {
	return int(math.Floor(binsPerDecade * math.Log10(float64(max(1, micros))/1000)))
}

func clamp(i, length int) int { return max(0, min(i, length-1)) }
