package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/bench/report"
)

func round(design string, rate float64) report.Round {
	return report.Round{Design: design, Rate: rate, OK: 10, ServerUs: 1e6 / rate, DBUs: 3, WRKUs: 2, P99Ms: 100}
}

func measured() *report.Report {
	return &report.Report{
		Swipes: 20_000_000, Settings: map[string]string{"connections": "512"},
		Rounds: []report.Round{
			round("empty", 60_000), round("textbook", 3000), round("function", 5000), round("swiper", 30_000),
			round("empty", 50_000), round("textbook", 1000), round("function", 5000), round("swiper", 10_000),
			round("empty", 50_000), round("textbook", 2500), round("function", 5000), round("swiper", 25_000),
		},
		Embedded: []report.Round{round("embedded", 14_000)},
		Latency:  []report.Latency{{Design: "textbook", P99Ms: 100, Rate: 2000}, {Design: "swiper", P99Ms: 20, Rate: 2000}},
		Decks: report.MergeDecks([]report.Deck{
			{Design: "course", Swiped: 10_000, Clients: 1, Millis: []float64{30, 20, 10}, CardsSeen: 60},
			{Design: "swiper", Swiped: 10_000, Clients: 1, First: true, Millis: []float64{3}, CardsSeen: 20},
			{Design: "swiper", Swiped: 10_000, Clients: 1, Millis: []float64{1}, CardsSeen: 20},
			{Design: "swiper", Swiped: 10_000, Clients: 1, First: true, Millis: []float64{9}, CardsSeen: 10},
		}),
		Active: []report.Round{{Active: 1000, ServerUs: 30, DBUs: 20}, {Active: 1_000_000, ServerUs: 50, DBUs: 20}},
		Cluster: []report.Round{
			{Design: "1 process", Rate: 20_000, ServerUs: 25},
			{Design: "3 apart", Rate: 15_000, ServerUs: 30},
			{Design: "3 in a cluster", Rate: 12_000, ServerUs: 50},
		},
		Memory: &report.Memory{Users: 1_000_000, Swiped: 200, HeapBytes: 2048},
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	type result struct {
		value float64
		met   bool
	}
	want := map[string]result{
		"against the textbook":           {10, true}, // of medians
		"against the stored function":    {5, true},
		"against the empty endpoint":     {0.5, false},
		"against its own there":          {0.2, true},
		"the course's query, a subquery": {20, true},
		"with 1,000,000 active people":   {1.4, false},
		"heap of an idle active person":  {2, true},
		"first deck after activation":    {9, false},
		"three processes in a cluster":   {0.6, false},
		"who lives elsewhere":            {2, false}, // (50 - 30/3) / (2/3) is 60
		"swipes/s on embedded storage":   {14_000, false},
	}
	goals := measured().Goals()
	require.Len(t, goals, len(want))
	for part, w := range want {
		found := false
		for _, g := range goals {
			if strings.Contains(g.What, part) {
				found = true
				require.InDelta(t, w.value, g.Value, 1e-9, g.What)
				require.Equal(t, w.met, g.Met(), g.What)
			}
		}
		require.True(t, found, part)
	}
	require.Empty(t, (&report.Report{}).Goals(), "nothing is claimed of what was not measured")
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	text := measured().Markdown()
	require.Contains(t, text, "| **Swiper** | 25,000 |")
	require.Contains(t, text, "| textbook: a transaction a swipe | 2,500 | 10.0 × |")
	require.Contains(t, text, "| durable swipes/s against the empty endpoint | 0.50 × | ≥ 0.60 × | **not met** |")
	for row := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(row, "|") {
			require.True(t, strings.HasSuffix(row, "|"), row)
			require.NotContains(t, row, "NaN")
		}
	}
}

func TestChartIsXML(t *testing.T) {
	t.Parallel()
	chart := measured().Chart()
	d := xml.NewDecoder(strings.NewReader(chart))
	bars := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	require.Equal(t, 5+3+3*5, bars, "a rate each, the legend, three costs each")
	require.Contains(t, chart, "prefers-color-scheme: dark")
	require.Empty(t, (&report.Report{}).Chart())
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made")
	var out bytes.Buffer
	require.NoError(t, measured().Write(dir, &out))
	require.Contains(t, out.String(), "25,000")
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	require.NoError(t, err)
	var back struct {
		Rounds []report.Round `json:"rounds"`
		Goals  []report.Goal  `json:"goals"`
	}
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, measured().Rounds, back.Rounds)
	require.Len(t, back.Goals, 11)
	for _, name := range []string{"report.md", "chart.svg"} {
		require.FileExists(t, filepath.Join(dir, name))
	}
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	require.Zero(t, report.Median(nil))
	require.InDelta(t, 2.0, report.Median([]float64{3, 1, 2}), 0)
	require.InDelta(t, 2.5, report.Median([]float64{4, 1, 2, 3}), 0)
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[99-i] = float64(i)
	}
	require.InDelta(t, 99.0, report.Percentile(hundred, 99), 0)
	require.InDelta(t, 50.0, report.Percentile(hundred, 50), 0)
	decks := measured().Decks
	require.Len(t, decks, 3)
	require.Equal(t, 2, decks[1].Deals)
	require.InDelta(t, 15.0, decks[1].Cards, 0)
}
