package social

import "time"

// Action is something a user may do only so often a day.
type Action string

// The metered actions.
const (
	ActionRewind    Action = "rewind"
	ActionLike      Action = "like"
	ActionSuperlike Action = "superlike"
)

// Actions lists the metered actions.
func Actions() []Action { return []Action{ActionRewind, ActionLike, ActionSuperlike} }

// Limit is how often a day; NoLimit means as often as one likes, 0 not at all.
type Limit int

// NoLimit is the absence of a limit (null in settings and answers).
const NoLimit Limit = -1

// None tells that there is no limit.
func (l Limit) None() bool { return l < 0 }

// Left gives how many of the limit remain after used, never below 0. Not to be
// asked of NoLimit.
func (l Limit) Left(used int) int { return max(0, int(l)-used) }

// Meter is the charge that goes with an action: one unit of Action on Day, as
// long as fewer than Limit are used.
type Meter struct {
	Action Action
	Day    Date
	Limit  Limit
}

// Quota is how much of an action a user has used today.
type Quota struct {
	Action   Action
	Limit    Limit
	Used     int
	ResetsAt time.Time
}

// QuotaExceeded refuses action a until resetsAt, when now is the time.
func QuotaExceeded(a Action, now, resetsAt time.Time) *Error {
	code, what := CodeRewindQuotaExceeded, "rewinds"
	switch a {
	case ActionLike:
		code, what = CodeLikeQuotaExceeded, "likes"
	case ActionSuperlike:
		code, what = CodeSuperlikeQuotaExceeded, "superlikes"
	case ActionRewind:
	}
	e := Errorf(code, "You have used today's %s.", what)
	e.RetryAfter = max(resetsAt.Sub(now), time.Second)
	return e
}
