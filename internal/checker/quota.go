package checker

import (
	"fmt"

	"github.com/swiperhq/swiper/social"
)

// Used is what a store says was used at the end, by user and action.
type Used map[social.UserID]map[social.Action]int

// CheckQuotas compares what was granted to each user in used with the limits
// and with the stored counters. The history must lie within one day and the
// limits must have been in force throughout; actions without a limit in force
// are left alone, but rewinds are counted all the same.
func CheckQuotas(ops []Op, used Used, limits map[social.Action]social.Limit) []Anomaly {
	type tally struct{ granted, unknown int }
	tallies := map[social.UserID]map[social.Action]tally{}
	for _, op := range ops {
		a, counts := charged(&op)
		if !counts || (!op.Acked() && op.Code != Unknown) {
			continue
		}
		if tallies[op.UID] == nil {
			tallies[op.UID] = map[social.Action]tally{}
		}
		t := tallies[op.UID][a]
		if op.Acked() {
			t.granted++
		} else {
			t.unknown++
		}
		tallies[op.UID][a] = t
	}
	var found []Anomaly
	for uid, stored := range used {
		for _, a := range social.Actions() {
			t, limit := tallies[uid][a], limits[a]
			if limit.None() && a != social.ActionRewind {
				continue
			}
			if !limit.None() && t.granted > int(limit) {
				found = append(found, Anomaly{QuotaOverrun, fmt.Sprintf("user %d: %d × %s granted, limit %d", uid, t.granted, a, limit)})
			}
			if stored[a] < t.granted || stored[a] > t.granted+t.unknown {
				found = append(found, Anomaly{QuotaMismatch, fmt.Sprintf("user %d: %s: %d stored, %d granted, %d unknown", uid, a, stored[a], t.granted, t.unknown)})
			}
		}
	}
	return found
}

// charged gives the action that op counts against if it was granted.
func charged(op *Op) (social.Action, bool) {
	switch op.Kind { //nolint:exhaustive // the other kinds are free
	case Rewind:
		return social.ActionRewind, true
	case Swipe:
		if op.Repeated {
			return "", false
		}
		return op.Mark.Meter()
	}
	return "", false
}
