package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crowd is so many that they do not run out of people they have not met.
const crowd = 300

// binary is the program as built, once for all tests.
var binary string //nolint:gochecknoglobals // set by TestMain before any test

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "loadtest-")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		binary = filepath.Join(dir, "loadtest")
		if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

// outcome is how a run of the program ended.
type outcome struct {
	status         int
	stdout, stderr string
	dir            string // of the report
}

// report reads report.json.
func (o *outcome) report(t *testing.T) (got struct {
	Verdict      string
	Acknowledged int
	Couples      int
	Matches      int
	Fresh        bool
	Interrupted  string
	Anomalies    map[string]int
	Why          []string
},
) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(o.dir, "report.json"))
	require.NoError(t, err, o.stderr)
	require.NoError(t, json.Unmarshal(raw, &got))
	return got
}

// loadtest runs the program to its end.
func loadtest(t *testing.T, args ...string) *outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	o := &outcome{dir: filepath.Join(t.TempDir(), "report")}
	if !slices.Contains(args, "--report") && !slices.Contains(args, "check") {
		args = append(args, "--report", o.dir)
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	o.end(t, cmd, cmd.Run)
	return o
}

func (o *outcome) end(t *testing.T, cmd *exec.Cmd, run func() error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	o.status, o.stdout, o.stderr = cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// against are the flags that name a fake and its users, and a short run.
func (f *fake) against(more ...string) []string {
	return append(append([]string{
		"--target", f.public[0].URL + "," + f.public[1].URL, "--admin", f.admin.URL,
		"--users", strconv.Itoa(int(f.users)), "--duration", "1s", "--warmup", "0s", "--seed", "7",
		"--listeners", "0", // nobody pushes
	}, modest()...), more...)
}

// modest are the thresholds of a run on a machine that is busy with other tests.
func modest() []string {
	return []string{"--min-acknowledged", "20", "--min-matches", "2", "--min-couples", "2"}
}

func TestASoundServerIsClean(t *testing.T) {
	t.Parallel()
	f := newFake(t, sound)
	o := loadtest(t, f.against()...)
	require.Equal(t, 0, o.status, o.stdout+o.stderr)
	got := o.report(t)
	require.Equal(t, "clean", got.Verdict)
	require.Greater(t, got.Acknowledged, 20)
	require.Greater(t, got.Couples, 2)
	require.True(t, got.Fresh)
	require.Empty(t, got.Anomalies)
	require.Contains(t, o.stdout, "clean")
	require.Equal(t, "null", f.setting("superlikes_per_day"), "settings are put back")
	require.Equal(t, "6000", f.setting("requests_per_user"))

	again := loadtest(t, append(modest(), "check", filepath.Join(o.dir, "history.jsonl.gz"))...)
	require.Equal(t, 0, again.status, again.stdout+again.stderr)
	require.Equal(t, strings.Split(o.stdout, "\n")[0], strings.Split(again.stdout, "\n")[0], "the history tells all that the verdict rests on")

	used := loadtest(t, f.against()...)
	require.Equal(t, 0, used.status, used.stdout+used.stderr)
	require.False(t, used.report(t).Fresh, "the second run finds what the first left behind")
}

func TestAnOpenLoopIsClean(t *testing.T) {
	t.Parallel()
	f := newFake(t, sound)
	o := loadtest(t, f.against("--rate", "800")...)
	require.Equal(t, 0, o.status, o.stdout+o.stderr)
}

func TestDefectsAreFound(t *testing.T) {
	t.Parallel()
	for d, kind := range map[defect]string{dropsMatches: "lost_match", losesDislike: "lost_swipe", noLimits: "quota_overrun"} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			o := loadtest(t, newFake(t, d).against("--duration", "5s")...)
			require.Equal(t, 1, o.status, o.stdout+o.stderr)
			got := o.report(t)
			require.Equal(t, "broken", got.Verdict)
			require.Contains(t, got.Anomalies, kind)
			require.Contains(t, o.stdout, kind)
		})
	}
}

func TestTooLittleIsVoid(t *testing.T) {
	t.Parallel()
	o := loadtest(t, newFake(t, mutters).against()...)
	require.Equal(t, 2, o.status, o.stdout+o.stderr)
	require.Equal(t, "void", o.report(t).Verdict)
}

func TestRunsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	f := newFake(t, sound)
	broken := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) })
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "report.html"), nil, 0o600))
	junk := filepath.Join(full, "junk")
	require.NoError(t, os.WriteFile(junk, []byte("{\n"), 0o600))
	nobody := "http://127.0.0.1:1"
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"unreachable target":       {[]string{"--target", nobody, "--admin", f.admin.URL, "--users", "60"}, "cannot be reached"},
		"unreachable admin":        {[]string{"--target", f.public[0].URL, "--admin", nobody, "--users", "60"}, "cannot be reached"},
		"public address as admin":  {[]string{"--target", f.public[0].URL, "--admin", f.public[0].URL, "--users", "60"}, "admin listener"},
		"a target that fails":      {[]string{"--target", broken.URL, "--admin", f.admin.URL, "--users", "60"}, "http_502"},
		"an admin that fails":      {[]string{"--target", f.public[0].URL, "--admin", broken.URL, "--users", "60"}, "502"},
		"too few users":            {f.against("--users", "400"), "user 301 does not exist"},
		"no users":                 {f.against("--first-user", "1000"), "user 1000"},
		"a report folder in use":   {f.against("--report", full), "not empty"},
		"no URL":                   {f.against("--target", "example"), "not the URL"},
		"a target without admin":   {[]string{"--target", f.public[0].URL}, "--admin"},
		"no time for a verdict":    {f.against("--verdict-within", "1s"), "--verdict-within must be 10s to 1h0m0s"},
		"rate and concurrency":     {f.against("--rate", "5", "--concurrency", "5"), "exclude each other"},
		"a rate of nothing":        {[]string{"--rate", "0"}, "--rate must be"},
		"warm-up without end":      {f.against("--warmup", "9s"), "--warmup"},
		"couples are a share":      {f.against("--couples", "1.5"), "--couples"},
		"one user":                 {f.against("--users", "1"), "--users"},
		"unknown flag":             {[]string{"--user", "1"}, "unknown flag"},
		"no history":               {[]string{"check", filepath.Join(full, "none")}, "no such file"},
		"a history of something":   {[]string{"check", junk}, "junk"},
		"check without a file":     {[]string{"check"}, "arg"},
		"faults that are not told": {f.against("--faults", junk), "faults"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := loadtest(t, c.args...)
			require.Equal(t, 3, o.status, o.stdout+o.stderr)
			require.Contains(t, o.stderr, c.says)
			last := strings.Split(strings.TrimSpace(o.stderr), "\n")
			require.True(t, strings.HasPrefix(last[len(last)-1], "loadtest: "), o.stderr)
		})
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	f := newFake(t, sound)
	o := &outcome{dir: filepath.Join(t.TempDir(), "report")}
	cmd := exec.CommandContext(t.Context(), binary, f.against("--duration", "1m", "--report", o.dir)...)
	o.end(t, cmd, func() error {
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return len(f.marks) > 200
		}, 20*time.Second, 10*time.Millisecond)
		require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
		return cmd.Wait()
	})
	require.Equal(t, 130, o.status, o.stdout+o.stderr)
	got := o.report(t)
	require.NotEmpty(t, got.Interrupted)
	require.Greater(t, got.Acknowledged, 100)
	require.FileExists(t, filepath.Join(o.dir, "history.jsonl.gz"))
	require.Equal(t, "null", f.setting("superlikes_per_day"), "settings are put back")
}
