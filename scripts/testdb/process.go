//go:build unix

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// stopTimeout is how long a server may take to stop before it is killed.
const stopTimeout = 20 * time.Second

// pollEvery is the pace of asking a starting server whether it is ready.
const pollEvery = 50 * time.Millisecond

// notInstalledError says that the machine lacks a program.
type notInstalledError struct{ program string }

func (e *notInstalledError) Error() string { return e.program + " is not installed" }

// process is a server that was started here. It has a process group of its own,
// so that a terminal's Ctrl-C reaches the command and not the database under it.
type process struct {
	cmd        *exec.Cmd
	stopSignal os.Signal
	done       chan struct{} // closed when the process has ended
	log        string        // file with its output
}

// spawn starts cmd with its output in the file log.
func spawn(cmd *exec.Cmd, stopSignal os.Signal, log string) (*process, error) {
	out, err := os.Create(log) //nolint:gosec // a path of our own making
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
	p := &process{cmd: cmd, stopSignal: stopSignal, done: make(chan struct{}), log: log}
	go func() {
		_ = cmd.Wait() // how it ended is told by its log
		close(p.done)
	}()
	return p, nil
}

// ready waits until ping succeeds. It fails when the process ends first.
func (p *process) ready(ctx context.Context, ping func(context.Context) error) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			said, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s ended while starting: %s", p.cmd.Path, said)
		case <-ctx.Done():
			return fmt.Errorf("%s did not get ready: %w", p.cmd.Path, err)
		case <-tick.C:
		}
	}
}

// stop ends the process by its id and waits until it is gone.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(p.stopSignal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTimeout):
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.done
	return nil
}

// freePort gives a loopback port that was free a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // no name to resolve, nothing to wait for
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// password makes the secret of one run.
func password() string { return rand.Text() }
