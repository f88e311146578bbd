package checker

import "fmt"

// volume gives the reasons for which a run proves nothing: too little happened
// in it, or it was not looked at to the end.
func volume(run *Run, ops []Op, v *Verdict, opts *JudgeOptions) []string {
	var why []string
	few := func(got, least int, of string) {
		if got < least {
			why = append(why, fmt.Sprintf("only %d %s, %d are needed", got, of, least))
		}
	}
	few(v.Acknowledged, opts.MinAcknowledged, "operations were acknowledged")
	few(v.Matches, opts.MinMatches, "matches were made")
	few(v.Couples, opts.MinCouples, "couples liked each other at once")
	if run.Meta.Unprobed > 0 {
		why = append(why, fmt.Sprintf("%d final reads and probes are missing", run.Meta.Unprobed))
	} else if !run.Meta.Probed {
		why = append(why, "the final reads and probes are not complete")
	}
	end := loadEnd(ops)
	for _, f := range run.Meta.Faults {
		from, to := max(f.From, 0), min(f.To, end)
		if f.To == 0 {
			to = end
		}
		if to <= from {
			continue // a moment, or after the load
		}
		if rate := rate(ops, from, to); rate < opts.MinFaultRate {
			why = append(why, fmt.Sprintf("only %.0f operations a second were acknowledged while fault %s was on, %.0f are needed", rate, f.Name, opts.MinFaultRate))
		}
	}
	return why
}

// rate gives the operations acknowledged a second from one moment to another.
func rate(ops []Op, from, to int64) float64 {
	n := 0
	for i := range ops {
		if op := &ops[i]; counts(op) && op.Acked() && op.Return >= from && op.Return <= to {
			n++
		}
	}
	return float64(n) / (float64(to-from) / 1e9)
}

// counts tells whether op is part of the load that a verdict counts.
func counts(op *Op) bool { return op.Kind.changes() && !op.Probe }

// loadEnd gives when the last operation of the load was called.
func loadEnd(ops []Op) int64 {
	end := int64(0)
	for i := range ops {
		if counts(&ops[i]) {
			end = max(end, ops[i].Call)
		}
	}
	return end
}
