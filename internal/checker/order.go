package checker

import (
	"time"

	"github.com/anishathalye/porcupine"
)

// finding is what came of the search for an order.
type finding uint8

const (
	explained finding = iota
	unexplained
	outOfTime
)

// stepsPerLook is how many steps pass between two looks at the clock.
const stepsPerLook = 4096

// search looks for orders. One goroutine owns it and uses it again and again.
type search struct {
	budget time.Duration // for one pair
	start  standing      // what may stand at the beginning
	now    func() time.Time

	defect   defect
	steps    int
	deadline time.Time
	late     bool
	model    porcupine.Model
	history  []porcupine.Operation
}

func newSearch(start standing, budget time.Duration, now func() time.Time) *search {
	s := &search{budget: budget, start: start, now: now}
	s.model = porcupine.Model{
		Init: func() any { return s.start },
		Step: func(from, in, _ any) (bool, any) {
			if s.overdue() {
				return false, from
			}
			after := step(from.(standing), in.(*act), s.defect) //nolint:forcetypeassert // porcupine gives back what it was given
			return after != 0, after
		},
	}
	return s
}

// overdue ends a search that takes too long: once it is true no step fits, so
// the search gives up at once. It spares every pair a timer and a context.
func (s *search) overdue() bool {
	if s.late {
		return true
	}
	if s.steps++; s.steps%stepsPerLook != 0 {
		return false
	}
	if s.deadline.IsZero() {
		s.deadline = s.now().Add(s.budget)
	}
	s.late = s.now().After(s.deadline)
	return s.late
}

// order looks for an order of acts that explains every answer if the system has
// defect d.
func (s *search) order(acts []act, d defect) finding {
	s.defect, s.steps, s.late, s.deadline = d, 0, false, time.Time{}
	s.history = s.history[:0]
	for i := range acts {
		a := &acts[i]
		if a.spare || a.silentUnder(d) {
			continue
		}
		s.history = append(s.history, porcupine.Operation{Input: a, Call: a.call, Return: a.ret})
	}
	switch {
	case porcupine.CheckOperations(s.model, s.history):
		return explained
	case s.late:
		return outOfTime
	}
	return unexplained
}

// silentUnder tells whether a proves nothing if the system has defect d.
func (a *act) silentUnder(d defect) bool {
	switch d { //nolint:exhaustive // the other defects are for step
	case forgetfulDeck:
		return a.kind == actDealt
	case staleAnswers:
		return a.repeated && (a.kind == actTold || (a.kind == actSwipe && !a.probe))
	case staleRepeats:
		return a.repeated && (a.kind == actTold || a.kind == actSwipe)
	}
	return false
}
