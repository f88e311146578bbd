//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	// stopTimeout is how long a server may take to stop before it is killed.
	stopTimeout = 20 * time.Second
	// pollEvery is the pace of asking a starting server whether it is ready.
	pollEvery = 50 * time.Millisecond
	// logTail is how much of a log is told when something fails, in bytes.
	logTail = 4096
)

// Process is a server that was started here. A nil one is none, and ends as asked.
type Process struct {
	cmd  *exec.Cmd
	stop os.Signal
	log  string // file with its output
	done chan struct{}
}

// Spawn starts cmd with its output added to the file log; stop is the signal
// that ends it gracefully.
func Spawn(cmd *exec.Cmd, stop os.Signal, log string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // a path of the caller's making
	if err != nil {
		return nil, err
	}
	defer out.Close() //nolint:errcheck // the child has its own descriptor
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, stop: stop, log: log, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is in its ProcessState
	}()
	return p, nil
}

// Ready waits until ping succeeds. It fails when the process ends first.
func (p *Process) Ready(ctx context.Context, ping func(context.Context) error) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended while starting: %s", p.cmd.Path, p.Said())
		case <-ctx.Done():
			return fmt.Errorf("%s did not get ready: %w: %s", p.cmd.Path, err, p.Said())
		case <-tick.C:
		}
	}
}

// Said gives the end of its log.
func (p *Process) Said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-logTail):])
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// ExitCode gives the status of a process that has ended, -1 if a signal ended it.
func (p *Process) ExitCode() int { return p.cmd.ProcessState.ExitCode() }

// Signal sends the process a signal; that it has ended is no error.
func (p *Process) Signal(s os.Signal) error {
	if p == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// End sends s and waits until the process is gone; one that takes longer than
// 20 s is killed, and an error.
func (p *Process) End(s os.Signal) error {
	if err := p.Signal(s); err != nil || p == nil {
		return err
	}
	limit := time.NewTimer(stopTimeout)
	defer limit.Stop()
	select {
	case <-p.done:
		return nil
	case <-limit.C:
	}
	if err := p.Kill(); err != nil {
		return err
	}
	return fmt.Errorf("%s had to be killed", p.cmd.Path)
}

// Stop ends the process gracefully.
func (p *Process) Stop() error {
	if p == nil {
		return nil
	}
	return p.End(p.stop)
}

// Kill ends the process at once and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.Signal(os.Kill); err != nil || p == nil {
		return err
	}
	<-p.done
	return nil
}
