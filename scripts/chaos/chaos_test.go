//go:build linux

package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// result is what the tests read of chaos.json.
type result struct {
	Verdict string
	Seed    int
	Faults  []struct {
		Fault      string
		Verdict    string
		Calls      int
		Injections []struct{ Name string }
		Bounds     []struct{ Bound, Outcome, Measured string }
		Load       struct {
			Verdict      string
			Why          []string
			Acknowledged int
			Anomalies    map[string]int
		}
	}
}

// chaos runs the program as anyone would and gives its exit status and report.
func chaos(t *testing.T, args ...string) (status int, r result, output string) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: not in a short run")
	}
	_, err := daemon.FindPostgres()
	if err == nil {
		_, err = exec.LookPath("redis-server")
	}
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("skipped: ", err)
	}
	require.NoError(t, err)
	program := filepath.Join(t.TempDir(), "chaos")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	dir := filepath.Join(t.TempDir(), "report")
	cmd := exec.CommandContext(t.Context(), program, append(args, "--report", dir, "--users", "600")...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err = cmd.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		status, err = failed.ExitCode(), nil
	}
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(dir, "chaos.json"))
	require.NoError(t, err, "exit status %d: %s", status, &said)
	require.NoError(t, json.Unmarshal(raw, &r))
	require.Len(t, r.Faults, 1)
	require.FileExists(t, filepath.Join(dir, r.Faults[0].Fault, "loadtest", "report.html"))
	require.FileExists(t, filepath.Join(dir, r.Faults[0].Fault, "node2.log"))
	return status, r, said.String()
}

// Nothing is lost when a node of a cluster is killed under load. How soon calls
// succeed again is measured and told, and not asked here: a machine that tests
// other things meanwhile is as slow as it likes.
//
//nolint:paralleltest // a load that is starved by other tests proves nothing
func TestKillLosesNothing(t *testing.T) {
	status, r, output := chaos(t, "--fault", "kill", "--seed", "1", "--duration", "18s", "--provider", "static")
	f := r.Faults[0]
	require.Equal(t, "clean", f.Load.Verdict, output)
	require.Greater(t, f.Load.Acknowledged, 1000)
	require.NotEmpty(t, f.Injections)
	require.NotEmpty(t, f.Bounds)
	require.Positive(t, f.Calls)
	require.Equal(t, map[string]int{"clean": 0, "broken": 1, "void": 2}[r.Verdict], status)
	require.Contains(t, output, "kill: kill -9 a random node")
	t.Log(output)
}

// A build that acknowledges before it commits is found out.
//
//nolint:paralleltest // a load that is starved by other tests proves nothing
func TestABrokenBuildIsBroken(t *testing.T) {
	status, r, output := chaos(t, "--fault", "kill", "--seed", "1", "--duration", "18s", "--provider", "static", "--sabotage", "ack_before_commit")
	require.Equal(t, 1, status, output)
	require.Equal(t, "broken", r.Verdict)
	require.Equal(t, "broken", r.Faults[0].Load.Verdict)
	require.NotEmpty(t, r.Faults[0].Load.Anomalies)
	require.Contains(t, output, "broken")
}
