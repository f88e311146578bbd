package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/swiperhq/swiper/internal/checker"
)

// finding is one kind of anomaly and examples of it.
type finding struct {
	Kind     string
	Title    string
	Count    int
	Examples []example
}

// example tells one anomaly.
type example struct {
	Detail string
	Steps  []step
}

// step is one operation of an anomaly's history.
type step struct {
	From, To string // milliseconds since the run began
	User     string
	Asked    string
	Answer   string
	Notes    string
}

// findings gives the kinds that were found, the most frequent first.
func findings(sum *summary) []finding {
	kinds := slices.SortedFunc(maps.Keys(sum.Anomalies), func(a, b checker.AnomalyKind) int {
		return cmp.Or(cmp.Compare(sum.Anomalies[b], sum.Anomalies[a]), cmp.Compare(a, b))
	})
	out := make([]finding, len(kinds))
	for i, kind := range kinds {
		out[i] = finding{Kind: string(kind), Title: titleOf(kind), Count: sum.Anomalies[kind]}
		for _, a := range sum.Examples {
			if a.Kind == kind {
				out[i].Examples = append(out[i].Examples, exampleOf(&a))
			}
		}
	}
	return out
}

func titleOf(kind checker.AnomalyKind) string {
	switch kind {
	case checker.LostMatch:
		return "Two people like each other and are no friends."
	case checker.PhantomMatch:
		return "People are friends who do not like each other."
	case checker.DoubledMatch:
		return "A friend is listed twice."
	case checker.OneSidedMatch:
		return "A friendship stands for one of the two only."
	case checker.LostSwipe:
		return "A swipe that was acknowledged is gone."
	case checker.RewindLeftSwipe:
		return "A rewind was acknowledged and left the swipe where it was."
	case checker.ResurrectedLike:
		return "A like or a friendship stands again after an unfriending."
	case checker.QuotaOverrun:
		return "More was granted than the limit allows."
	case checker.QuotaMismatch:
		return "A counter is not what was granted."
	case checker.WrongRewind:
		return "A rewind undid another swipe than the latest."
	case checker.DealtAgain:
		return "Someone was dealt who had been swiped."
	case checker.StaleAnswer:
		return "A repeated request was told what was true at no moment of it."
	case checker.LostEvent:
		return "Someone was not told of a change."
	case checker.DoubledEvent:
		return "Someone was told of one change twice."
	case checker.PhantomEvent:
		return "Someone was told of a change that never happened."
	case checker.MissedPush:
		return "An event was not pushed to a connection that stood."
	case checker.DoubledPush:
		return "An event was pushed again to who had it already."
	case checker.PhantomPush:
		return "Something was pushed that is not among the events."
	case checker.Inconsistent:
		return "No order of what was done explains the answers."
	case checker.Undecided:
		return "Whether an order explains the answers could not be decided in time."
	}
	return "A rule was broken."
}

// mostSteps is how much of a history the page shows of one example.
const mostSteps = 40

func exampleOf(a *checker.Anomaly) example {
	out := example{Detail: a.Detail}
	for i := range a.Ops {
		if i == mostSteps {
			out.Detail += fmt.Sprintf(" The first %d of %d operations are shown; report.json has them all.", mostSteps, len(a.Ops))
			break
		}
		out.Steps = append(out.Steps, stepOf(&a.Ops[i]))
	}
	return out
}

func stepOf(op *checker.Op) step {
	out := step{From: sinceStart(op.Call), To: sinceStart(op.Return), User: fmt.Sprint(op.UID), Asked: strings.ReplaceAll(string(op.Kind), "_", " ")}
	if op.Mark != 0 {
		out.Asked += " " + op.Mark.String()
	}
	if op.SID != 0 {
		out.Asked += fmt.Sprintf(" %d", op.SID)
	}
	out.Answer, out.Notes = answer(op), notes(op)
	return out
}

func answer(op *checker.Op) string {
	if op.Code == checker.Unknown {
		return "none"
	}
	if op.Code != "" {
		return string(op.Code)
	}
	switch op.Kind { //nolint:exhaustive // the others change something
	case checker.IsFriend, checker.Friends, checker.Likes, checker.Deal:
		if op.SID != 0 {
			return map[bool]string{true: "yes", false: "no"}[op.Matched]
		}
		return fmt.Sprintf("%d people", len(op.List))
	case checker.Quotas:
		var used []string
		for _, action := range slices.Sorted(maps.Keys(op.Used)) {
			used = append(used, fmt.Sprintf("%s %d", action, op.Used[action]))
		}
		return strings.Join(used, ", ")
	case checker.Events, checker.Pushes:
		var told []string
		for _, e := range op.Events {
			told = append(told, fmt.Sprintf("%s %d", e.Kind, e.Other))
		}
		return strings.Join(told, ", ")
	}
	return strings.Join(append([]string{"ok"}, named(
		flag{op.Matched, "matched"}, flag{op.Repeated, "repeated"}, flag{op.Unmatched, "unmatched"}, flag{op.Replayed, "replayed"})...), ", ")
}

func notes(op *checker.Op) string {
	told := named(flag{op.Couple, "at the same instant as the other's"}, flag{op.Initial, "before the load"}, flag{op.Probe, "after the load, to look"})
	if op.Key != "" {
		told = append(told, "key "+op.Key)
	}
	return strings.Join(told, ", ")
}

type flag struct {
	set  bool
	name string
}

func named(flags ...flag) (out []string) {
	for _, f := range flags {
		if f.set {
			out = append(out, f.name)
		}
	}
	return out
}

// sinceStart writes a moment in milliseconds; what never came has none.
func sinceStart(nanos int64) string {
	if nanos == math.MaxInt64 {
		return "never"
	}
	return fmt.Sprintf("%.3f", float64(nanos)/1e6)
}
