package report

import (
	"math"
	"strconv"
	"strings"
)

// grouped writes a whole number with its thousands apart.
func grouped(n any) string {
	var digits string
	switch n := n.(type) {
	case int:
		digits = strconv.Itoa(n)
	case int64:
		digits = strconv.FormatInt(n, 10)
	}
	digits, negative := strings.CutPrefix(digits, "-")
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	if negative {
		return "−" + digits
	}
	return digits
}

// rate writes how often something happened a second, to three digits or to one.
func rate(f float64) string {
	if f < 100 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return grouped(int64(math.Round(f)))
}

// latency writes milliseconds to about three digits.
func latency(ms float64) string {
	switch {
	case ms == 0:
		return "–"
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 2, 64)
	case ms < 100:
		return strconv.FormatFloat(ms, 'f', 1, 64)
	default:
		return grouped(int64(math.Round(ms)))
	}
}

// seconds writes a time without digits that say nothing.
func seconds(s float64) string { return strconv.FormatFloat(math.Round(s*100)/100, 'f', -1, 64) }

// percent writes a share, and does not call nothing what is little.
func percent(p float64) string {
	if p > 0 && p < 0.01 {
		return "< 0.01"
	}
	return strconv.FormatFloat(p, 'f', 2, 64)
}
