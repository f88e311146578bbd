package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/swiperhq/swiper/scripts/bench/plain"
)

// nameOf gives what designs are called in tables.
func nameOf(design string) string {
	switch design {
	case plain.Empty:
		return "empty endpoint, nothing stored"
	case plain.Textbook:
		return "textbook: a transaction a swipe"
	case plain.Function:
		return "a stored function a swipe"
	case plain.Course:
		return "the course's query, a subquery"
	case plain.CourseORM:
		return "the course's query, ids read and listed"
	case swiper:
		return "**Swiper**"
	case embedded:
		return "Swiper on embedded SQLite"
	}
	return design
}

// Markdown gives everything that was measured as tables.
func (r *Report) Markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%d CPUs (%s), %s, %s, %s, Linux %s; %s swipes stored at the start.", r.Machine.CPUs, r.Machine.CPU, r.Postgres,
		r.Machine.Go, r.Machine.System, r.Machine.Kernel, thousands(float64(r.Swipes)))
	if len(r.Rounds)+len(r.Embedded) > 0 {
		line("")
		line("| durable swipes, %s connections | swipes/s | Swiper's multiple | p50, p99 | CPU a swipe: server, PostgreSQL, wrk | WAL a swipe | errors |", r.Settings["connections"])
		line("|---|---|---|---|---|---|---|")
		for _, s := range append(summarize(r.Rounds), summarize(r.Embedded)...) {
			name, times := nameOf(s.Design), ""
			if s.Pool > 0 {
				name += fmt.Sprintf(", pool of %d", s.Pool)
			}
			if own := r.Rate(swiper); own > 0 && s.Design != swiper {
				times = short(own/s.Rate) + " ×"
			}
			line("| %s | %s | %s | %s, %s ms | %s, %s, %s µs | %s | %d |", name, thousands(s.Rate), times, short(s.P50Ms), short(s.P99Ms),
				short(s.ServerUs), short(s.DBUs), short(s.WRKUs), bytes(s.WALBytes), s.Errors)
		}
	}
	if len(r.Latency) > 0 {
		line("")
		line("| at %s swipes/s | p50 | p99 | slowest | errors |", thousands(r.Latency[0].Rate))
		line("|---|---|---|---|---|")
		for _, l := range r.Latency {
			line("| %s | %s ms | %s ms | %s ms | %d |", nameOf(l.Design), short(l.P50Ms), short(l.P99Ms), short(l.MaxMs), l.Errors)
		}
	}
	if len(r.Decks) > 0 {
		line("")
		line("| deck over HTTP, people swiped | who deals | first, p50, p99 | further, p50, p99 | 8 at a time, p50, p99 | cards |")
		line("|---|---|---|---|---|---|")
		r.deckLines(line)
	}
	if len(r.Active) > 0 {
		line("")
		line("| active people | swipes/s | CPU a swipe: server, PostgreSQL | memory of the server |")
		line("|---|---|---|---|")
		for _, a := range r.Active {
			line("| %s | %s | %s, %s µs | %s |", thousands(float64(a.Active)), thousands(a.Rate), short(a.ServerUs), short(a.DBUs), bytes(float64(a.RSSBytes)))
		}
	}
	if len(r.Cluster) > 0 {
		line("")
		line("| processes on the same cores | swipes/s | p99 | CPU a swipe: servers, PostgreSQL | memory of all |")
		line("|---|---|---|---|---|")
		for _, c := range summarize(r.Cluster) {
			line("| %s | %s | %s ms | %s, %s µs | %s |", c.Design, thousands(c.Rate), short(c.P99Ms), short(c.ServerUs), short(c.DBUs), bytes(float64(c.RSSBytes)))
		}
	}
	if m := r.Memory; m != nil {
		line("")
		line("%s idle active people who have swiped %d others each take %s of heap each, %s from the system.",
			thousands(float64(m.Users)), m.Swiped, bytes(m.HeapBytes), bytes(m.SysBytes))
	}
	if goals := r.Goals(); len(goals) > 0 {
		line("")
		line("| goal | measured | wanted | |")
		line("|---|---|---|---|")
		for _, g := range goals {
			sign, verdict := "≥", "met"
			if g.AtMost {
				sign = "≤"
			}
			if !g.Met() {
				verdict = "**not met**"
			}
			line("| %s | %s%s | %s %s%s | %s |", g.What, short(g.Value), g.Unit, sign, short(g.Bound), g.Unit, verdict)
		}
	}
	return b.String()
}

// deckLines writes a line for each design and number of people swiped.
func (r *Report) deckLines(line func(string, ...any)) {
	for _, first := range r.Decks {
		if !first.First || first.Clients > 1 {
			continue
		}
		cells := [3]string{short(first.P50Ms) + ", " + short(first.P99Ms) + " ms"}
		for _, d := range r.Decks {
			if d.First || d.Design != first.Design || d.Swiped != first.Swiped {
				continue
			}
			at := 1
			if d.Clients > 1 {
				at = 2
			}
			cells[at] = short(d.P50Ms) + ", " + short(d.P99Ms) + " ms"
		}
		line("| %s | %s | %s | %s | %s | %s |", thousands(float64(first.Swiped)), nameOf(first.Design), cells[0], cells[1], cells[2], short(first.Cards))
	}
}

// short gives two or three significant digits.
func short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 10_000:
		return thousands(v)
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// thousands gives a whole number in groups of three digits.
func thousands(v float64) string {
	s := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func bytes(v float64) string {
	const k = 1024
	switch {
	case v >= k*k*k:
		return short(v/k/k/k) + " GB"
	case v >= k*k:
		return short(v/k/k) + " MB"
	case v >= k:
		return short(v/k) + " KB"
	}
	return short(v) + " B"
}
