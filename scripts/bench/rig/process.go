package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
	pollEvery    = 50 * time.Millisecond
)

// Process is a server started here, in a process group of its own: a terminal's
// Ctrl-C reaches us, and we end it.
type Process struct {
	cmd  *exec.Cmd
	log  string // file with its output
	done chan struct{}
}

// spawn starts a program with its output in the file log.
func spawn(log, path string, args ...string) (*Process, error) {
	out, err := os.Create(log) //nolint:gosec // a path of our own making
	if err != nil {
		return nil, err
	}
	defer out.Close()                  //nolint:errcheck // the child has its own descriptor
	cmd := exec.Command(path, args...) //nolint:gosec,noctx // a program that we built; stop ends it
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, log: log, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // its log tells how it ended
		close(p.done)
	}()
	return p, nil
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// CPU gives the CPU time it has used so far.
func (p *Process) CPU() (time.Duration, error) { return cpuOf(p.PID()) }

// await waits until ready gives no error, and fails when the process ends first.
func (p *Process) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended while starting: %s", p.cmd.Path, p.said())
		case <-ctx.Done():
			return fmt.Errorf("%s did not get ready: %w: %s", p.cmd.Path, err, p.said())
		case <-tick.C:
		}
	}
}

// said gives the end of its log.
func (p *Process) said() string {
	const most = 4096
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}

// Stop ends the process by SIGTERM and waits until it is gone.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	limit := time.NewTimer(stopTimeout)
	defer limit.Stop()
	select {
	case <-p.done:
		return nil
	case <-limit.C:
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.done
	return fmt.Errorf("%s had to be killed", p.cmd.Path)
}

// freeAddress gives a loopback address that was free a moment ago.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // no name to resolve, nothing to wait for
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Resident gives how much memory of the process is in RAM, in bytes.
func (p *Process) Resident() (int64, error) { return residentOf(p.PID()) }
