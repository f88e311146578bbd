package judge

import (
	"fmt"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
)

// Finding is what came of looking whether one bound was held.
type Finding struct {
	Bound    string          `json:"bound"`
	Outcome  checker.Outcome `json:"outcome"` // void: nothing was seen that could have broken it
	Measured string          `json:"measured"`
}

// Bound looks whether something held in the record.
type Bound func(*Record) Finding

// longestStall is what a machine may stand still for times to be the system's own.
const longestStall = time.Second

// timed makes a bound that depends on how fast things go: where the machine stood
// still, its not being held tells nothing of the system.
func timed(b Bound) Bound {
	return func(r *Record) Finding {
		f := b(r)
		if f.Outcome == checker.Broken && r.Stall > longestStall {
			f.Outcome = checker.Void
			f.Measured += "; but the machine stood still for " + short(r.Stall)
		}
		return f
	}
}

// All looks at every bound.
func All(r *Record, bounds []Bound) []Finding {
	found := make([]Finding, len(bounds))
	for i, b := range bounds {
		found[i] = b(r)
	}
	return found
}

// Worst sums outcomes up: one that is broken breaks all, one that is void makes
// the rest prove nothing.
func Worst(outcomes ...checker.Outcome) checker.Outcome {
	worst := checker.Clean
	for _, o := range outcomes {
		switch {
		case o == checker.Broken:
			return checker.Broken
		case o != checker.Clean:
			worst = checker.Void
		}
	}
	return worst
}

// held, broke and void make findings.
func held(bound, format string, args ...any) Finding {
	return Finding{bound, checker.Clean, fmt.Sprintf(format, args...)}
}

func broke(bound, format string, args ...any) Finding {
	return Finding{bound, checker.Broken, fmt.Sprintf(format, args...)}
}

func void(bound, format string, args ...any) Finding {
	return Finding{bound, checker.Void, fmt.Sprintf(format, args...)}
}

// holds is held or broke.
func holds(ok bool, bound, format string, args ...any) Finding {
	if ok {
		return held(bound, format, args...)
	}
	return broke(bound, format, args...)
}

// short writes a duration to a tenth of a second, or in milliseconds.
func short(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
