package report_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/listen"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/scripts/loadtest/report"
)

func written(t *testing.T, in report.Input) (page string, sum map[string]any) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, report.Write(dir, in))
	html, err := os.ReadFile(filepath.Join(dir, "report.html"))
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &sum))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "nothing half-written stays")
	return string(html), sum
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	require.NoError(t, report.Prepare(dir))
	require.DirExists(t, dir)
	require.NoError(t, report.Prepare(dir), "an empty one is fine")
	require.NoError(t, report.Write(dir, clean()))
	require.ErrorContains(t, report.Prepare(dir), "is not empty")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Error(t, report.Prepare(file))
	require.Error(t, report.Prepare(filepath.Join(file, "below")))
	require.Error(t, report.Write(file, clean()))
}

func TestJSON(t *testing.T) {
	t.Parallel()
	in := clean()
	_, sum := written(t, in)
	for name, want := range map[string]any{
		"verdict": "clean", "acknowledged": 123456.0, "refused": 2345.0, "unknown": 67.0, "matches": 4567.0, "couples": 1234.0, "pairs": 98765.0,
		"anomalies": map[string]any{}, "started": "2026-03-01T12:00:00Z", "warmup_s": 5.0, "duration_s": 60.0, "seed": 42.0, "users": 1000.0,
		"limits": map[string]any{"rewind": 3.0, "like": nil}, "why": []any{}, "examples": []any{}, "faults": []any{}, "fresh": true,
	} {
		require.Equal(t, want, sum[name], name)
	}
	require.NotContains(t, sum, "interrupted")
	swipes := in.Result.Op(measure.Swipe)
	require.InDelta(t, float64(swipes.OK)/60, sum["swipes_per_second"], 1e-6)
	require.InDelta(t, float64(swipes.Quantile(0.5))/1e6, sum["p50_ms"], 1e-6)
	require.InDelta(t, float64(swipes.Quantile(0.99))/1e6, sum["p99_ms"], 1e-6)
	require.Greater(t, sum["p99_ms"], sum["p50_ms"])
	require.Len(t, sum["series"], len(in.Result.Series))
	require.Len(t, sum["operations"], len(in.Result.Ops))
	first := sum["operations"].([]any)[0].(map[string]any)
	require.Equal(t, "swipe", first["name"])
	require.InDelta(t, swipes.OK, first["outcomes"].(map[string]any)["ok"], 0)

	require.Equal(t, map[string]any{
		"listeners": 0.0, "connections": 0.0, "events": 0.0, "measured": 0.0, "p50_ms": 0.0, "p95_ms": 0.0, "p99_ms": 0.0, "max_ms": 0.0,
	}, sum["pushes"], "nobody listened")
	in.Pushes = listen.Summary{Listeners: 100, Connections: 102, Events: 5432, Delay: swipes}
	page, sum := written(t, in)
	require.InDelta(t, 5432, sum["pushes"].(map[string]any)["events"], 0)
	require.Equal(t, sum["p95_ms"], sum["pushes"].(map[string]any)["p95_ms"])
	require.Contains(t, strip(page), "Events pushed to them 5,432")

	_, sum = written(t, broken("x"))
	require.Equal(t, map[string]any{"lost_match": 12.0, "quota_overrun": 1.0, "kindx": 1.0}, sum["anomalies"])
	require.Equal(t, "Ctrl-C x", sum["interrupted"])
	require.Len(t, sum["examples"], 2)
}

// Faults count from when the run began; figures, and so the report, from when
// the load did.
func TestFaultsStandBesideTheFigures(t *testing.T) {
	t.Parallel()
	in := broken("x")
	in.Meta.Started = started.Add(-4 * time.Second)
	_, sum := written(t, in)
	first := sum["faults"].([]any)[0].(map[string]any)
	require.InDelta(t, 26, first["from_s"], 1e-9)
	require.InDelta(t, 32, first["to_s"], 1e-9)
}

func TestPageTells(t *testing.T) {
	t.Parallel()
	in := broken("x")
	in.Verdict.Examples = append(in.Verdict.Examples, long())
	in.Verdict.Anomalies[checker.Inconsistent] = 1
	page, _ := written(t, in)
	text := strip(page)
	for _, want := range []string{
		"Broken", "13 anomalies", "Interrupted: Ctrl-C x.", "123,456", "4,567", "1,234", "lost_match Two people like each other and are no friends. 12",
		"1234.568 1241.000 204 swipe superlike 17 ok at the same instant as the other's, key kx",
		"2000.000 never 17 swipe like 204 none", "swipe dislike 204 already_swiped", "is friend 17 no after the load, to look",
		"quotas like 2, rewind 4", "events matchx 204", "deal 3 people",
		"The first 40 of 100 operations are shown", "timeout failed", "already_swiped refused", "pause x 30 36", "kill -9 33 34",
		"go run ./scripts/loadtest --concurrency=64 --duration=1m0s --notex=x --seed=42 --users=1000",
		"http://127.0.0.1:40123, http://127.0.0.1:40124", "limits a day like none, rewind 3",
	} {
		require.Contains(t, text, want)
	}
	page, _ = written(t, clean())
	require.Contains(t, strip(page), "Anomalies None were found.")
	require.NotContains(t, page, `id="interrupted"`)
	require.NotContains(t, page, `id="faults"`)
}

func TestCommandIsQuoted(t *testing.T) {
	t.Parallel()
	in := clean()
	in.Options = map[string]string{"--target": "http://a/?x=1&y=it's"}
	page, _ := written(t, in)
	require.Contains(t, strip(page), `go run ./scripts/loadtest '--target=http://a/?x=1&y=it'\''s' --seed=42`)
}

// A run that was ended before anything was measured has a report, too.
func TestNothingMeasured(t *testing.T) {
	t.Parallel()
	for _, in := range []report.Input{
		{Verdict: checker.Verdict{Outcome: "void", Why: []string{"nothing was acknowledged"}}, Interrupted: "Ctrl-C"},
		{Verdict: checker.Verdict{Outcome: "void"}, Result: measure.New(measure.Options{}).Result()},
	} {
		page, sum := written(t, in)
		require.Contains(t, strip(page), "Void")
		require.Contains(t, strip(page), "Nothing was measured.")
		require.Equal(t, []any{}, sum["series"])
		require.Zero(t, sum["p99_ms"])
		require.Zero(t, sum["swipes_per_second"])
		require.Equal(t, map[string]any{}, sum["anomalies"])
	}
}

// Nothing in the page points outside, but for a link that people may follow.
func TestPageIsSelfContained(t *testing.T) {
	t.Parallel()
	page, _ := written(t, clean())
	require.NotRegexp(t, `<(img|iframe|object|embed)|<link[^>]*href="[^d]|<script[^>]*src|@import|url\(`, page)
	require.Contains(t, page, "default-src &#39;none&#39;")
	require.Contains(t, page, "Permission is hereby granted", "the charts' licence")
	require.Less(t, len(page), 300<<10)
}

// strip gives the text of a page, one space between words.
func strip(page string) string {
	page = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>`).ReplaceAllString(page, " ")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	for from, to := range map[string]string{"&#39;": "'", "&#34;": `"`, "&lt;": "<", "&gt;": ">", "&#43;": "+", "&amp;": "&"} {
		page = strings.ReplaceAll(page, from, to)
	}
	text := strings.Join(strings.Fields(page), " ")
	return strings.ReplaceAll(text, "Interrupted: Ctrl-C x .", "Interrupted: Ctrl-C x.")
}
