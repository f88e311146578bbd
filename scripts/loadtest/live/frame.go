package live

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// phaseWidth keeps the bar where it is when the phase changes.
const phaseWidth = 10

// widestBar in columns; wider ones tell no more.
const widestBar = 60

// frame gives the lines for a terminal, each shorter than width columns.
func frame(phase string, s *measure.Snapshot, total time.Duration, width int) []string {
	var lines []string
	if s.Over { // the rates of a load that has ended are nothing to look at
		lines = append(lines, phase)
	} else {
		lines = append(lines, head(phase, s.Elapsed, total, width),
			fmt.Sprintf("%s req/s  %s swipes/s  %s", whole(s.Rate), whole(s.SwipeRate), latencies(s.Latency)))
	}
	lines = append(lines, fmt.Sprintf("%s matches  %s ok  %s refused  %s failed",
		grouped(s.Matches), grouped(s.Counts.OK), grouped(s.Counts.Refused), grouped(s.Counts.Failed)))
	if told := outcomes(s.Outcomes); told != "" {
		lines = append(lines, told)
	}
	for i := range lines {
		lines[i] = cut(lines[i], width-1)
	}
	return lines
}

// head is the phase and, when it is known how long the run takes, the bar.
func head(phase string, elapsed, total time.Duration, width int) string {
	if total <= 0 {
		return phase
	}
	elapsed = min(elapsed, total)
	clock := fmt.Sprintf("%s of %s", elapsed.Truncate(time.Second), total.Round(time.Second))
	label := fmt.Sprintf("%-*s", phaseWidth, phase)
	room := min(widestBar, width-len([]rune(label))-len(clock)-len(" 100% || ")-2)
	if room < 5 {
		return label + " " + clock
	}
	// The bar is drawn as text: where it stands on the screen is the frame's business.
	bar := progressbar.NewOptions64(total.Milliseconds(), progressbar.OptionSetWriter(io.Discard),
		progressbar.OptionSetWidth(room), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░", BarStart: "|", BarEnd: "|"}))
	// Within 0 and the bar's maximum neither can fail.
	_ = bar.Set64(elapsed.Milliseconds())
	_ = bar.RenderBlank()
	return label + " " + strings.TrimSpace(bar.String()) + " " + clock
}

// line tells of the same in one line.
func line(phase string, s *measure.Snapshot) string {
	text := fmt.Sprintf("%s %s: ", s.Elapsed.Round(time.Second), phase)
	if !s.Over {
		text += fmt.Sprintf("%s req/s, %s swipes/s, %s; ", whole(s.Rate), whole(s.SwipeRate), latencies(s.Latency))
	}
	text += fmt.Sprintf("%s matches, %s ok, %s refused, %s failed",
		grouped(s.Matches), grouped(s.Counts.OK), grouped(s.Counts.Refused), grouped(s.Counts.Failed))
	if told := outcomes(s.Outcomes); told != "" {
		text += " (" + told + ")"
	}
	return text
}

// outcomes lists what was not acknowledged: failures first, then the most frequent.
func outcomes(of map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(measure.ClassOf(b), measure.ClassOf(a)), cmp.Compare(of[b], of[a]), cmp.Compare(a, b))
	})
	told := make([]string, len(names))
	for i, name := range names {
		told[i] = name + " " + grouped(of[name])
	}
	return strings.Join(told, ", ")
}

func latencies(q measure.Quantiles) string {
	if q == (measure.Quantiles{}) {
		return "no latency yet"
	}
	return fmt.Sprintf("p50 %s p95 %s p99 %s", millis(q.P50), millis(q.P95), millis(q.P99))
}

// millis writes a latency with about three digits.
func millis(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 10:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return grouped(int64(ms+0.5)) + " ms"
	}
}

func whole(f float64) string { return grouped(int64(f + 0.5)) }

// grouped writes a number that is not negative with its thousands apart.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// cut shortens a text to so many columns; every letter of ours takes one.
func cut(text string, columns int) string {
	letters := []rune(text)
	if len(letters) <= columns {
		return text
	}
	if columns < 1 {
		return ""
	}
	return string(letters[:columns-1]) + "…"
}
