package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testrace"
)

// chaosReport is what the tests read of chaos.json.
type chaosReport struct {
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

// chaos runs scripts/chaos as anyone would and gives its exit status and report.
func chaos(t *testing.T, args ...string) (status int, r chaosReport, output string) {
	t.Helper()
	if testrace.Enabled {
		t.Skip("skipped under the race detector: a load needs speed")
	}
	dir := filepath.Join(t.TempDir(), "report")
	cmd := exec.CommandContext(t.Context(), programs.build(t, "chaos", "", "../scripts/chaos"),
		append(args, "--report", dir, "--users", "600", "--duration", "20s", "--provider", "static")...)
	// Killed, it would leave its servers behind.
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(os.Interrupt) }, time.Minute
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	before := staged()
	err := cmd.Run()
	require.Subset(t, before, staged(), "whatever it started has ended")
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		status, err = failed.ExitCode(), nil
	}
	require.NoError(t, err)
	if status == 3 && strings.Contains(said.String(), "is not installed") && os.Getenv("CI") != "true" {
		t.Skip("skipped: ", said.String())
	}
	raw, err := os.ReadFile(filepath.Join(dir, "chaos.json"))
	require.NoError(t, err, "exit status %d: %s", status, &said)
	require.NoError(t, json.Unmarshal(raw, &r))
	require.Len(t, r.Faults, 1)
	require.FileExists(t, filepath.Join(dir, r.Faults[0].Fault, "loadtest", "report.html"))
	require.FileExists(t, filepath.Join(dir, r.Faults[0].Fault, "node2.log"))
	return status, r, said.String()
}

// staged gives the processes that write to the log of a stage.
func staged() (found []string) {
	outputs, _ := filepath.Glob("/proc/[0-9]*/fd/1") // none where there is no /proc
	for _, path := range outputs {
		if log, err := os.Readlink(path); err == nil && strings.Contains(log, "/swiper-chaos-") {
			found = append(found, path+": "+log)
		}
	}
	return found
}

// Nothing is lost when a node of a cluster is killed under load. How soon calls
// succeed again is measured and told, and not asked here: a machine that tests
// other things meanwhile is as slow as it likes.
//
//nolint:paralleltest // a load that is starved by other tests proves nothing
func TestChaos(t *testing.T) {
	status, r, output := chaos(t, "--fault", "kill", "--seed", "1")
	f := r.Faults[0]
	require.Equal(t, "clean", f.Load.Verdict, output)
	require.Greater(t, f.Load.Acknowledged, 1000)
	require.NotEmpty(t, f.Injections)
	require.NotEmpty(t, f.Bounds)
	require.Positive(t, f.Calls)
	require.Equal(t, map[string]int{"clean": 0, "broken": 1, "void": 2}[r.Verdict], status)
	require.Contains(t, output, "kill: kill -9 a random node")
}

// A build that acknowledges before it commits is found out.
//
//nolint:paralleltest // a load that is starved by other tests proves nothing
func TestChaosCatches(t *testing.T) {
	status, r, output := chaos(t, "--fault", "kill", "--seed", "1", "--sabotage", "ack_before_commit")
	require.Equal(t, 1, status, output)
	require.Equal(t, "broken", r.Verdict)
	require.Equal(t, "broken", r.Faults[0].Load.Verdict)
	require.NotEmpty(t, r.Faults[0].Load.Anomalies)
	require.Contains(t, output, "broken")
}
