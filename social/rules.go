package social

import "time"

// Rules are the limits in force at a moment; operators change them live. A
// Rules value is a snapshot and never changes.
type Rules struct {
	RewindsPerDay    Limit
	LikesPerDay      Limit
	SuperlikesPerDay Limit
	RewindWindow     time.Duration // how old a swipe may be to be rewound; 0: any age
	DeckSize         int           // cards dealt when the client names no number, 1–100
	Zone             *time.Location

	LoginCodeInterval    time.Duration // between two codes to one phone
	LoginCodesPerDay     Limit         // to one phone
	LoginCodesPerAddress Limit         // an hour, asked for from one address
	LoginCodesPerPrefix  Limit         // an hour, to one block of ten thousand numbers
	LoginTriesPerAddress Limit         // an hour, of a code, from one address

	RequestsPerAddress Limit // a minute, from one address; 0: no limit is set
	RequestsPerUser    Limit // a minute; 0: no limit is set

	TaskResultTTL time.Duration // how long a task can be looked at when it has ended

	HotDays int // likes of so many days make the ranking of the most liked, 1–30

	DemoAnswers bool // in a demonstration made-up people answer who came in by phone
}

// Today gives the day on which quotas count at t, and on which ages are told.
func (r *Rules) Today(t time.Time) Date { return DateOf(t.In(r.Zone)) }

// ResetsAt gives the first moment after t that belongs to a later day of the
// rules' zone: midnight, or the jump of a clock that skips it.
func (r *Rules) ResetsAt(t time.Time) time.Time {
	y, m, d := t.In(r.Zone).Date()
	for at := t.In(r.Zone); ; {
		_, offset := at.Zone()
		midnight := time.Date(y, m, d+1, 0, 0, -offset, 0, time.UTC)
		_, jump := at.ZoneBounds()
		if jump.IsZero() || midnight.Before(jump) {
			return midnight.In(r.Zone)
		}
		if r.Today(t).Before(r.Today(jump)) {
			return jump
		}
		at = jump
	}
}

// LimitOf gives the limit of an action.
func (r *Rules) LimitOf(a Action) Limit {
	switch a {
	case ActionRewind:
		return r.RewindsPerDay
	case ActionLike:
		return r.LikesPerDay
	case ActionSuperlike:
		return r.SuperlikesPerDay
	}
	return 0
}

// MeterOf gives the charge for swiping with mark m at t; nil when it is free:
// an unlimited action is not counted.
func (r *Rules) MeterOf(m Mark, t time.Time) *Meter {
	a, ok := m.Meter()
	if !ok || r.LimitOf(a).None() {
		return nil
	}
	return &Meter{Action: a, Day: r.Today(t), Limit: r.LimitOf(a)}
}
