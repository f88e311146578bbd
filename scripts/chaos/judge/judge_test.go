package judge_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// start is when every record of the tests begins; all else is in seconds after.
func start() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func at(s float64) time.Time { return start().Add(secs(s)) }

func secs(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// calls makes ten calls a second to each of three nodes for a minute, and ten that
// are balanced; change may spoil each.
func calls(change func(s *judge.Sample, second float64)) *judge.Record {
	r := &judge.Record{Nodes: 3, Start: start(), End: at(60)}
	for i := range 600 {
		second := float64(i) / 10
		for node := range 4 {
			s := judge.Sample{
				Node: node % 3, Balanced: node == 3, Kind: judge.Swipe, At: at(second), Took: 5 * time.Millisecond,
				Outcome: measure.OK, Status: http.StatusOK,
			}
			if change != nil {
				change(&s, second)
			}
			r.Samples = append(r.Samples, s)
		}
	}
	return r
}

// struck adds faults that strike node 1: from and to of each.
func struck(r *judge.Record, times ...float64) *judge.Record {
	for i := 0; i < len(times); i += 2 {
		r.Injections = append(r.Injections, judge.Injection{Name: "fault", Node: 1, From: at(times[i]), To: at(times[i+1])})
	}
	return r
}

// failing makes calls to a node fail in a span of time; -1: to every node.
func failing(node int, from, to float64, status int, outcome string) func(*judge.Sample, float64) {
	return func(s *judge.Sample, second float64) {
		if second >= from && second < to && (node < 0 || node == s.Node) {
			s.Status, s.Outcome = status, outcome
		}
	}
}

// verdicts are what a bound has to say of records.
type verdicts map[string]struct {
	record *judge.Record
	want   checker.Outcome
}

func try(t *testing.T, bound judge.Bound, cases verdicts) {
	t.Helper()
	for name, c := range cases {
		f := bound(c.record)
		require.Equal(t, c.want, f.Outcome, "%s: %+v", name, f)
		require.NotEmpty(t, f.Bound)
		require.NotEmpty(t, f.Measured)
	}
}

const (
	clean, broken, void = checker.Clean, checker.Broken, checker.Void
	connection          = "connection"
)

func TestRecovers(t *testing.T) {
	t.Parallel()
	try(t, judge.Recovers("again", judge.Everybody, judge.FromStart, 4*time.Second), verdicts{
		"in time":          {struck(calls(failing(-1, 10, 13.5, 0, connection)), 10, 10, 40, 40), clean},
		"nothing was felt": {struck(calls(nil), 10, 10), clean},
		"too late":         {struck(calls(failing(2, 10, 14.5, 0, connection)), 10, 10), broken},
		"the second time":  {struck(calls(failing(2, 40, 44.5, 0, connection)), 10, 10, 40, 40), broken},
		"without a fault":  {struck(calls(failing(2, 5, 5.2, 0, connection)), 10, 10), broken},
		"no fault":         {calls(nil), void},
		"nobody was asked": {struck(&judge.Record{Nodes: 3, End: at(60)}, 10, 10), void},
		"not long enough":  {struck(calls(nil), 58, 58), void},
		"struck too often": {struck(calls(nil), 10, 10, 12, 12, 14, 14), void},
		"in flight when it": {struck(calls(func(s *judge.Sample, second float64) {
			if second == 9.9 {
				s.Outcome, s.Took = connection, time.Second
			}
		}), 10, 10), clean},
	})
	try(t, judge.Recovers("again", judge.Everybody, judge.FromEnd, 4*time.Second), verdicts{
		"from its end":          {struck(calls(failing(-1, 10, 23.5, 503, "unavailable")), 10, 20), clean},
		"too late from its end": {struck(calls(failing(-1, 10, 24.5, 503, "unavailable")), 10, 20), broken},
	})
	try(t, judge.Recovers("again", judge.Survivors, judge.FromStart, 4*time.Second), verdicts{
		"the one struck stays away":   {struck(calls(failing(1, 10, 60, 0, connection)), 10, 10), clean},
		"another one does":            {struck(calls(failing(0, 10, 60, 0, connection)), 10, 10), broken},
		"the one struck fails before": {struck(calls(failing(1, 5, 6, 0, connection)), 10, 10), broken},
	})
	try(t, judge.Recovers("again", judge.Struck, judge.FromStart, 4*time.Second), verdicts{
		"another one stays away": {struck(calls(failing(0, 10, 60, 0, connection)), 10, 10), clean},
		"the one struck does":    {struck(calls(failing(1, 10, 60, 0, connection)), 10, 10), broken},
	})
	require.InDelta(t, 3.4, struck(calls(failing(-1, 10, 13.5, 0, connection)), 10, 10).Recovery(judge.Everybody, judge.FromStart).Seconds(), 0.01)
}

func TestNothingFails(t *testing.T) {
	t.Parallel()
	slow := func(s *judge.Sample, second float64) {
		if second == 30 {
			s.Took = 3 * time.Second
		}
	}
	try(t, judge.NothingFails(judge.Everybody, 2*time.Second), verdicts{
		"nothing does":     {struck(calls(nil), 10, 20), clean},
		"one does":         {struck(calls(failing(2, 30, 30.1, 503, "overloaded")), 10, 20), broken},
		"one is slow":      {struck(calls(slow), 10, 20), broken},
		"without a fault":  {calls(nil), void},
		"nobody was asked": {struck(&judge.Record{Nodes: 3}, 10, 20), void},
		"not one of theirs": {struck(calls(func(s *judge.Sample, _ float64) {
			if s.Balanced {
				s.Outcome = connection
			}
		}), 10, 20), clean},
	})
	try(t, judge.NothingFails(judge.Everybody, 0), verdicts{"however slow": {struck(calls(slow), 10, 20), clean}})
	try(t, judge.NothingFails(judge.Balanced, 0), verdicts{
		"a node that balancers pass by": {struck(calls(func(s *judge.Sample, _ float64) {
			if !s.Balanced {
				s.Outcome = connection
			}
		}), 10, 20), clean},
		"a balanced one": {struck(calls(func(s *judge.Sample, second float64) {
			if s.Balanced && second == 7 {
				s.Outcome = connection
			}
		}), 10, 20), broken},
	})
}

func TestFailsOnlyWith(t *testing.T) {
	t.Parallel()
	try(t, judge.FailsOnlyWith(judge.Everybody, 503, 504), verdicts{
		"they do":          {struck(calls(failing(-1, 10, 20, 503, "unavailable")), 10, 20), clean},
		"another status":   {struck(calls(failing(-1, 10, 20, 500, "internal")), 10, 20), broken},
		"no answer at all": {struck(calls(failing(2, 10, 10.1, 0, "timeout")), 10, 20), broken},
		"nothing failed":   {struck(calls(nil), 10, 20), void},
	})
}

func TestLoginsFail(t *testing.T) {
	t.Parallel()
	logins := func(during, otherwise int) *judge.Record {
		return struck(calls(func(s *judge.Sample, second float64) {
			if s.Balanced {
				return
			}
			s.Kind, s.Status = judge.Login, otherwise
			if second > 10 && second < 20 {
				s.Status = during
			}
			if s.Status >= http.StatusBadRequest {
				s.Outcome = "unavailable"
			}
		}), 10, 20)
	}
	try(t, judge.LoginsFail(503, 5*time.Second), verdicts{
		"they do":               {logins(503, 202), clean},
		"they go on":            {logins(202, 202), broken},
		"with another status":   {logins(500, 202), broken},
		"they do without fault": {logins(503, 503), broken},
		"nobody tries":          {struck(calls(nil), 10, 20), void},
	})
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	try(t, judge.Refuses(5*time.Second), verdicts{
		"it does":         {struck(calls(failing(1, 12, 22, 0, connection)), 10, 20), clean},
		"too late":        {struck(calls(failing(1, 17, 22, 0, connection)), 10, 20), broken},
		"others do":       {struck(calls(failing(2, 10, 20, 0, connection)), 10, 20), broken},
		"nobody asked it": {struck(&judge.Record{Nodes: 3}, 10, 20), void},
	})
}

func TestExits(t *testing.T) {
	t.Parallel()
	exited := func(node, status int, asked bool, second float64) *judge.Record {
		r := struck(calls(nil), 10, 20)
		r.Exits = append(r.Exits, judge.Exit{Node: 1, At: at(3), Status: -1, Asked: true})
		if node >= 0 {
			r.Exits = append(r.Exits, judge.Exit{Node: node, At: at(second), Status: status, Asked: asked})
		}
		return r
	}
	try(t, judge.Exited(3, judge.FromEnd, 5*time.Second), verdicts{
		"it does":           {exited(1, 3, false, 21), clean},
		"not at all":        {exited(-1, 0, false, 0), broken},
		"another one":       {exited(2, 3, false, 21), broken},
		"with other status": {exited(1, 1, false, 21), broken},
		"since we asked it": {exited(1, 3, true, 21), broken},
		"too late":          {exited(1, 3, false, 26), broken},
		"no fault":          {calls(nil), void},
	})
	try(t, judge.ExitsOnlyAsked(3), verdicts{
		"nobody":          {exited(-1, 0, false, 0), clean},
		"who was asked":   {exited(2, 0, true, 30), clean},
		"as is expected":  {exited(1, 3, false, 21), clean},
		"a crash":         {exited(2, 2, false, 30), broken},
		"a signal, ours?": {exited(2, -1, false, 30), broken},
	})
}

func TestNothingLate(t *testing.T) {
	t.Parallel()
	try(t, judge.NothingLate(), verdicts{
		"nothing is":       {&judge.Record{Late: &judge.Late{Sent: 64, Written: 10}}, clean},
		"one is":           {&judge.Record{Late: &judge.Late{Sent: 64, Written: 10, After: 1}}, broken},
		"nothing was sent": {&judge.Record{Late: &judge.Late{}}, void},
		"nobody looked":    {&judge.Record{}, void},
	})
}

func TestViewsAgree(t *testing.T) {
	t.Parallel()
	views := func(say func(node int, second float64) (string, int)) *judge.Record {
		r := struck(&judge.Record{Nodes: 3, Start: start(), End: at(60)}, 10, 15)
		for second := range 60 {
			for node := range 4 { // the fourth is no member of ours
				hash, n := say(node, float64(second))
				r.Views = append(r.Views, judge.View{Node: node, At: at(float64(second)), Hash: hash, Members: n})
			}
		}
		return r
	}
	differ := func(until float64) func(int, float64) (string, int) {
		return func(node int, second float64) (string, int) {
			if node == 3 || (node == 2 && second > 10 && second < until) {
				return "other", 2
			}
			return "same", 3
		}
	}
	try(t, judge.ViewsAgree(20*time.Second), verdicts{
		"in time":          {views(differ(30)), clean},
		"too late":         {views(differ(40)), broken},
		"never again":      {views(differ(100)), broken},
		"only for a while": {views(func(node int, second float64) (string, int) { return differ(20)(node, float64(int(second)%40)) }), broken},
		"on too few":       {views(func(int, float64) (string, int) { return "same", 2 }), broken},
		"a slow answer": {views(func(node int, second float64) (string, int) {
			if node == 1 && second == 59 {
				return "", 0
			}
			return "same", 3
		}), clean},
		"no answer":        {views(func(int, float64) (string, int) { return "", 0 }), broken},
		"nobody was asked": {struck(calls(nil), 10, 15), void},
	})
}

func TestMemoryBounded(t *testing.T) {
	t.Parallel()
	grown := func(to int64) *judge.Record {
		r := struck(calls(nil), 10, 15)
		r.Memory = []judge.Memory{{Node: 0, At: at(5), Bytes: 100 << 20}, {Node: 1, At: at(20), Bytes: to << 20}, {Node: 1, At: at(30), Bytes: 1}}
		return r
	}
	try(t, judge.MemoryBounded(64<<20), verdicts{
		"a little":        {grown(150), clean},
		"too much":        {grown(170), broken},
		"never looked at": {struck(calls(nil), 10, 15), void},
		"no fault":        {calls(nil), void},
	})
}

func TestCountersExact(t *testing.T) {
	t.Parallel()
	counted := func(c judge.Counters) *judge.Record { return &judge.Record{Counters: &c} }
	try(t, judge.CountersExact(2), verdicts{
		"they are":           {counted(judge.Counters{Counters: 50, Days: 2}), clean},
		"one above":          {counted(judge.Counters{Counters: 50, Days: 2, Over: 1}), broken},
		"one not as granted": {counted(judge.Counters{Counters: 50, Days: 2, Wrong: 1}), broken},
		"on one day only":    {counted(judge.Counters{Counters: 50, Days: 1}), void},
		"none":               {counted(judge.Counters{}), void},
		"nobody looked":      {&judge.Record{}, void},
	})
}

func TestFlooded(t *testing.T) {
	t.Parallel()
	flooded := func(change func(*judge.Flood)) *judge.Record {
		f := judge.Flood{Name: "flood", Over: 10 * time.Second, Offered: 20_000, Accepted: 9_000, Refused: 11_000, P99: 90 * time.Millisecond}
		change(&f)
		return &judge.Record{Floods: []judge.Flood{{Name: "peak", Over: 5 * time.Second, Offered: 5_000, Accepted: 5_000, P99: 50 * time.Millisecond}, f}}
	}
	bounds := judge.Flooded("peak", "flood", 0.85, 2)
	none := &judge.Record{}
	try(t, bounds[0], verdicts{
		"carried":  {flooded(func(*judge.Flood) {}), clean},
		"too few":  {flooded(func(f *judge.Flood) { f.Accepted = 8_000 }), broken},
		"no flood": {none, void},
	})
	try(t, bounds[1], verdicts{
		"quick":    {flooded(func(*judge.Flood) {}), clean},
		"too slow": {flooded(func(f *judge.Flood) { f.P99 = 101 * time.Millisecond }), broken},
		"none got": {flooded(func(f *judge.Flood) { f.Accepted, f.P99 = 0, 0 }), void},
		"no flood": {none, void},
	})
	try(t, bounds[2], verdicts{
		"refused":        {flooded(func(*judge.Flood) {}), clean},
		"some otherwise": {flooded(func(f *judge.Flood) { f.Failed = 1 }), broken},
		"nothing":        {flooded(func(f *judge.Flood) { f.Refused = 0 }), void},
		"no flood":       {none, void},
	})
}

func TestWorst(t *testing.T) {
	t.Parallel()
	require.Equal(t, clean, judge.Worst())
	require.Equal(t, clean, judge.Worst(clean, clean))
	require.Equal(t, void, judge.Worst(clean, void, clean))
	require.Equal(t, broken, judge.Worst(void, broken, clean))
}

// A machine that stood still makes times tell nothing, and takes nothing else back.
func TestStall(t *testing.T) {
	t.Parallel()
	late := struck(calls(failing(2, 10, 14.5, 0, connection)), 10, 10)
	late.Stall = 2 * time.Second
	late.Late = &judge.Late{Sent: 1, Written: 1, After: 1}
	fine := struck(calls(nil), 10, 10)
	fine.Stall = late.Stall
	try(t, judge.Recovers("again", judge.Everybody, judge.FromStart, 4*time.Second), verdicts{"late": {late, void}, "fine": {fine, clean}})
	try(t, judge.NothingLate(), verdicts{"late": {late, broken}})
}

func TestAll(t *testing.T) {
	t.Parallel()
	found := judge.All(struck(calls(nil), 10, 20), []judge.Bound{judge.NothingFails(judge.Everybody, 0), judge.NothingLate()})
	require.Equal(t, []checker.Outcome{clean, void}, []checker.Outcome{found[0].Outcome, found[1].Outcome})
	n, failed, slowest := calls(failing(0, 10, 11, 503, "unavailable")).Calls(judge.Everybody)
	require.Equal(t, [2]int{1800, 10}, [2]int{n, failed})
	require.Equal(t, 5*time.Millisecond, slowest)
}
