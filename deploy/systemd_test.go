package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUnit lets systemd read the unit, with a program in the place of ours.
func TestUnit(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("systemd/swiper.service")
	require.NoError(t, err)
	timeout := regexp.MustCompile(`(?m)^TimeoutStopSec=(.+)$`).FindSubmatch(text)
	require.NotNil(t, timeout)
	limit, err := time.ParseDuration(string(timeout[1]))
	require.NoError(t, err)
	var example struct {
		Cluster struct {
			LeaveAfter time.Duration `yaml:"leave_after"`
		}
	}
	readYAML(t, "systemd/swiper.yaml", &example)
	require.Greater(t, limit, example.Cluster.LeaveAfter+25*time.Second, "SIGKILL comes before a graceful stop may have ended")
	require.Contains(t, string(text), "\nRestart=always\n", "a node that lost its membership wants to be started again")

	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("skipped: there is no systemd-analyze here, so systemd has not read the unit")
	}
	const program = "/usr/local/bin/swiper"
	require.Contains(t, string(text), "ExecStart="+program+" ")
	stand, err := exec.LookPath("true")
	require.NoError(t, err)
	unit := filepath.Join(t.TempDir(), "swiper.service")
	require.NoError(t, os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), program, stand)), 0o600))
	out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput()
	require.NoError(t, err, string(out))
	require.NotContains(t, string(out), "swiper.service:", "what it does not know it only warns of")
}
