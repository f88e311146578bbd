package rig

import (
	"context"
	"os/exec"
	"syscall"
	"time"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

const startTimeout = 60 * time.Second

// Process is a server started here.
type Process struct{ *daemon.Process }

// spawn starts a program with its output in the file log.
func spawn(log, path string, args ...string) (*Process, error) {
	p, err := daemon.Spawn(exec.Command(path, args...), syscall.SIGTERM, log) //nolint:gosec,noctx // a program that we built; Stop ends it
	return &Process{p}, err
}

// CPU gives the CPU time it has used so far.
func (p *Process) CPU() (time.Duration, error) { return cpuOf(p.PID()) }

// Resident gives how much memory of the process is in RAM, in bytes.
func (p *Process) Resident() (int64, error) { return ResidentOf(p.PID()) }

// await waits until ready gives no error, and fails when the process ends first.
func (p *Process) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return p.Ready(ctx, ready)
}
