package judge

import (
	"fmt"
	"time"
)

// Flooded are the bounds for a load of more than can be carried, by the names of
// two floods: peak is as much as can be carried.
func Flooded(peak, flood string, share, slower float64) []Bound {
	return []Bound{
		overPeak(peak, flood, fmt.Sprintf("%s: at least %.0f %% of the peak is carried", flood, 100*share), func(name string, p, f *Flood) Finding {
			got := f.goodput() / p.goodput()
			return holds(got >= share, name, "%.0f a second of %.0f, %.0f %%; %.0f were offered",
				f.goodput(), p.goodput(), 100*got, float64(f.Offered)/f.Over.Seconds())
		}),
		overPeak(peak, flood, fmt.Sprintf("%s: p99 of what is accepted at most %g × as long", flood, slower), func(name string, p, f *Flood) Finding {
			if f.Accepted < leastCalls {
				return void(name, "%d were accepted", f.Accepted)
			}
			return holds(f.P99 <= time.Duration(slower*float64(p.P99)), name, "%s, %s at the peak", short(f.P99), short(p.P99))
		}),
		overPeak(peak, flood, flood+": the rest is answered with 429 or 503, and Retry-After", func(name string, _, f *Flood) Finding {
			if f.Refused+f.Failed == 0 {
				return void(name, "nothing was refused: there was no overload")
			}
			return holds(f.Failed == 0, name, "%d refused, %d failed otherwise", f.Refused, f.Failed)
		}),
	}
}

func overPeak(peak, flood, bound string, look func(string, *Flood, *Flood) Finding) Bound {
	return timed(func(r *Record) Finding {
		p, f := r.flood(peak), r.flood(flood)
		if p == nil || f == nil || p.Accepted == 0 || f.Offered == 0 {
			return void(bound, "it was not measured")
		}
		return look(bound, p, f)
	})
}

func (r *Record) flood(name string) *Flood {
	for i := range r.Floods {
		if r.Floods[i].Name == name {
			return &r.Floods[i]
		}
	}
	return nil
}
