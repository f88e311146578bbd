package checker

import (
	"fmt"
	"math"

	"github.com/swiperhq/swiper/social"
)

// judgeQuotas compares what one user was granted, own being their operations in
// order of the calls, with the limits and with what the system says is used. Where
// several days were in play, nobody knows which one an answer is about: then only
// what is wrong on every day is found. Actions without a limit are not counted by the
// system, except rewinds.
func judgeQuotas(ops []Op, own []int32, meta *Meta, found *findings) {
	for _, a := range social.Actions() {
		limit, known := meta.Limits[a]
		if !known || (limit.None() && a != social.ActionRewind) {
			continue
		}
		q := quota{action: a, limit: limit, most: math.MaxInt32, days: max(1, meta.Days)}
		if meta.Fresh {
			q.most = 0
		}
		q.gather(ops, own)
		if kind, detail := q.judge(); kind != "" {
			anomaly := Anomaly{Kind: kind, Detail: fmt.Sprintf("user %d: %s", ops[own[0]].UID, detail)}
			for _, i := range own {
				if q.concerns(&ops[i]) {
					anomaly.Ops = append(anomaly.Ops, ops[i])
				}
			}
			found.add(anomaly)
		}
	}
}

// quota is what is known of one user's use of one action.
type quota struct {
	action      social.Action
	limit       social.Limit
	days        int   // on which it was granted anew
	least, most int   // used before the run, on the first day
	charges     []*Op // acknowledged, or unknown
	refusals    []*Op // for want of quota
	reads       []*Op // of what is used
}

func (q *quota) gather(ops []Op, own []int32) {
	for _, i := range own {
		op := &ops[i]
		switch {
		case op.Kind == Quotas && op.Acked() && op.Initial:
			q.least, q.most = op.Used[q.action], op.Used[q.action]
		case op.Kind == Quotas && op.Acked():
			q.reads = append(q.reads, op)
		case q.charged(op):
			q.charges = append(q.charges, op)
		case op.Code == refusalOf(q.action):
			q.refusals = append(q.refusals, op)
		}
	}
}

// charged tells whether op counts against the quota if it happened.
func (q *quota) charged(op *Op) bool {
	if !op.Acked() && op.Code != Unknown {
		return false
	}
	switch op.Kind { //nolint:exhaustive // the other kinds are free
	case Rewind:
		return q.action == social.ActionRewind
	case Swipe:
		a, metered := op.Mark.Meter()
		return metered && a == q.action && !op.Repeated
	}
	return false
}

func (q *quota) concerns(op *Op) bool {
	return op.Kind == Quotas || q.charged(op) || op.Code == refusalOf(q.action)
}

func refusalOf(a social.Action) social.Code {
	switch a {
	case social.ActionLike:
		return social.CodeLikeQuotaExceeded
	case social.ActionSuperlike:
		return social.CodeSuperlikeQuotaExceeded
	case social.ActionRewind:
	}
	return social.CodeRewindQuotaExceeded
}

// judge gives the first thing that is wrong.
func (q *quota) judge() (AnomalyKind, string) {
	if granted, _ := q.between(math.MaxInt64, math.MaxInt64); !q.limit.None() && granted > q.limitLeft() {
		return QuotaOverrun, fmt.Sprintf("%d × %s granted, limit %d on %d day(s), %d used before", granted, q.action, q.limit, q.days, q.least)
	}
	for _, read := range q.reads {
		used := read.Used[q.action]
		if !q.limit.None() && used > max(int(q.limit), q.most) {
			return QuotaOverrun, fmt.Sprintf("%d × %s are said to be used, limit %d", used, q.action, q.limit)
		}
		granted, maybe := q.between(read.Call, read.Return)
		if (q.days == 1 && used < q.least+granted) || (q.most < math.MaxInt32 && used > q.most+granted+maybe) {
			return QuotaMismatch, fmt.Sprintf("%d × %s are said to be used, %d were granted and %d more may have been", used, q.action, granted, maybe)
		}
	}
	for _, refusal := range q.refusals {
		granted, maybe := q.between(refusal.Call, refusal.Return)
		if q.most < math.MaxInt32 && (q.limit.None() || q.most+granted+maybe < int(q.limit)) {
			return QuotaMismatch, fmt.Sprintf("%s refused when at most %d were used, limit %d", q.action, q.most+granted+maybe, q.limit)
		}
	}
	return "", ""
}

// limitLeft gives how many may have been granted in the run.
func (q *quota) limitLeft() int { return max(0, q.days*int(q.limit)-q.least) }

// between counts what was surely granted before call, and what else may have
// been until ret.
func (q *quota) between(call, ret int64) (granted, maybe int) {
	for _, op := range q.charges {
		switch {
		case op.Acked() && op.Return < call:
			granted++
		case op.Call <= ret:
			maybe++
		}
	}
	return granted, maybe
}
