package rig_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/bench/rig"
)

// burn is a shell that has a child burn CPU time for a while, and then lives on.
const burn = `(i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done); echo done; read line`

// The time of children counts, whether they live or have ended.
func TestCPUOfFamily(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sh", "-c", burn)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said := make([]byte, 5)
	_, err = out.Read(said)
	require.NoError(t, err)
	require.Equal(t, "done", strings.TrimSpace(string(said)))

	family, err := rig.CPUOfFamily(cmd.Process.Pid)
	require.NoError(t, err)
	own, err := rig.CPUOf(cmd.Process.Pid)
	require.NoError(t, err)
	require.NoError(t, in.Close())
	require.Error(t, cmd.Wait(), "read meets the end of its input")
	all := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	require.InDelta(t, all.Seconds(), family.Seconds(), 0.05)
	require.Less(t, own, family)
}

func TestCPUGrowsWithWork(t *testing.T) {
	t.Parallel()
	before, err := rig.CPUOf(os.Getpid())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		for x := range 50_000_000 {
			_ = x * x
		}
		now, err := rig.CPUOf(os.Getpid())
		return err == nil && now >= before+20*time.Millisecond
	}, 20*time.Second, time.Millisecond)
}

func TestNoSuchProcess(t *testing.T) {
	t.Parallel()
	_, err := rig.CPUOfFamily(1 << 30)
	require.Error(t, err)
}

func TestThisMachine(t *testing.T) {
	t.Parallel()
	m := rig.ThisMachine()
	require.Positive(t, m.CPUs)
	require.Positive(t, m.MemoryMB)
	require.NotEmpty(t, m.Kernel)
	require.NotEmpty(t, m.Go)
}
