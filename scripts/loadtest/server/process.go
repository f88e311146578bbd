//go:build unix

package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

// process is one run of the program.
type process struct {
	cmd    *exec.Cmd
	log    tail
	told   chan addresses // one, when it serves
	ended  chan struct{}
	killed atomic.Bool // by us, so that its end is no failure
}

// addresses are where a process listens, host and port.
type addresses struct{ HTTP, Admin string }

// spawn starts cmd, which logs to its standard error, and passes the log on to log
// unless that is nil.
func spawn(cmd *exec.Cmd, log io.Writer) (*process, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, told: make(chan addresses, 1), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.read(stderr, log)
		_ = cmd.Wait() // how it ended is in its ProcessState
	}()
	return p, nil
}

// read keeps the end of the log and finds the line that tells the addresses.
func (p *process) read(stderr io.Reader, log io.Writer) {
	lines := bufio.NewReaderSize(stderr, 64<<10)
	for waiting := true; ; {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			p.log.add(line)
			if log != nil {
				_, _ = log.Write(line) // whoever wanted it knows
			}
		}
		if waiting && bytes.Contains(line, []byte(`"msg":"serving"`)) {
			var at addresses
			if json.Unmarshal(line, &at) == nil && at.HTTP != "" && at.Admin != "" {
				p.told <- at
				waiting = false
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) { // a line that is too long comes in parts
			return
		}
	}
}

// serving waits until the process tells where it listens.
func (p *process) serving(ctx context.Context) (addresses, error) {
	select {
	case at := <-p.told:
		return at, nil
	case <-p.ended:
		return addresses{}, fmt.Errorf("the server ended before it served (%s):\n%s", p.cmd.ProcessState, &p.log)
	case <-ctx.Done():
		return addresses{}, fmt.Errorf("the server did not get ready: %w; it wrote:\n%s", ctx.Err(), &p.log)
	}
}

// stop ends the process gracefully and waits until it is gone.
func (p *process) stop() error {
	select {
	case <-p.ended:
	default:
		// A process that ends just now cannot take it: no failure of ours.
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		limit := time.NewTimer(stopTimeout)
		defer limit.Stop()
		select {
		case <-p.ended:
		case <-limit.C:
			p.kill()
			return fmt.Errorf("the server did not stop within %s and was killed; it wrote:\n%s", stopTimeout, &p.log)
		}
	}
	if p.killed.Load() || p.cmd.ProcessState.Success() {
		return nil
	}
	return fmt.Errorf("the server failed (%s):\n%s", p.cmd.ProcessState, &p.log)
}

func (p *process) kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // fails only when it is gone already
	<-p.ended
}
