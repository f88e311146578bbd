// Package server builds the program this module is about and runs it as a process
// of its own: with fresh storage in a temporary folder, on free loopback ports,
// filled with made-up people.
//
// It knows the program's command line and its log, nothing of its HTTP API.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// startTimeout bounds a start on a slow, busy machine; the build is not in it.
	startTimeout = 60 * time.Second
	// stopTimeout is how long a process may take to stop before it is killed.
	stopTimeout = 20 * time.Second
)

// Options say what to run.
type Options struct {
	// Dir is the module's folder, or any within it; "": the current one.
	Dir string
	// Binary is a program that Build has made; "": it is built, with Tags.
	Binary string
	// Tags are build tags, separated by commas.
	Tags string
	// Users is how many made-up people are stored before the first start, ids 1 to
	// Users; 0: nobody, for one more process on a database that has people.
	Users int64
	// Flags follow our own, so they win. Every command gets them: settings
	// only. log.level has to stay at info, and log.format at json.
	Flags []string
	// Env is added to the environment, from which every SWIPER_ variable is taken
	// away first: what happens to be set must not decide what is tested.
	Env []string
	// Before is put in front of every start of the program, such as taskset with
	// its arguments. It must become the program, not start it: by exec.
	Before []string
	// Log takes what the processes write, from one goroutine for each; nil: nobody.
	// Whether that is read or not, the last lines are kept for messages.
	Log io.Writer
}

// Server is a process of the program and the storage it works on.
//
// Its methods are for one goroutine. The process has a process group of its own,
// so that a terminal's Ctrl-C reaches its owner only, who then has to end it.
type Server struct {
	// HTTP and Admin are the base URLs of the listeners, such as "http://127.0.0.1:40123".
	HTTP, Admin string

	dir     string // temporary; holds data and perhaps the program
	binary  string
	opts    Options
	process *process
}

// Build makes the program, with build tags if there are any, as the file path.
// dir is the module's folder or any within it.
func Build(ctx context.Context, dir, tags, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	args := []string{"build", "-o", path}
	if tags != "" {
		args = append(args, "-tags", tags)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "github.com/swiperhq/swiper/cmd/swiper")...) //nolint:gosec // the caller's own tags
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server: %w: %s", err, out)
	}
	return nil
}

// Start runs a server and waits until it serves. ctx bounds the start only. The
// caller has to Stop what Start has given.
func Start(ctx context.Context, opts Options) (_ *Server, err error) {
	dir, err := os.MkdirTemp("", "swiper-server-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, binary: opts.Binary, opts: opts}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if s.binary == "" {
		s.binary = filepath.Join(dir, "swiper")
		if err := Build(ctx, opts.Dir, opts.Tags, s.binary); err != nil {
			return nil, err
		}
	}
	if opts.Users > 0 {
		if err := s.seed(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.launch(ctx, anyPort, anyPort); err != nil {
		return nil, err
	}
	return s, nil
}

const anyPort = "127.0.0.1:0"

// settings are the flags that every command gets.
func (s *Server) settings() []string {
	return append([]string{"--data.dir", filepath.Join(s.dir, "data"), "--log.format", "json"}, s.opts.Flags...)
}

func (s *Server) command(ctx context.Context, args ...string) *exec.Cmd {
	args = slices.Concat(s.opts.Before, []string{s.binary}, args, s.settings())
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // the program of this module
	for _, kept := range os.Environ() {
		if !strings.HasPrefix(kept, "SWIPER_") {
			cmd.Env = append(cmd.Env, kept)
		}
	}
	cmd.Env = append(cmd.Env, s.opts.Env...)
	return cmd
}

func (s *Server) seed(ctx context.Context) error {
	out, err := s.command(ctx, "seed", "--users", strconv.FormatInt(s.opts.Users, 10)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("store the people: %w: %s", err, out)
	}
	return nil
}

// launch starts the process on the given addresses and waits until it serves.
func (s *Server) launch(ctx context.Context, http, admin string) error {
	// The process outlives the start: it ends by signals, not by ctx.
	cmd := s.command(context.WithoutCancel(ctx), "serve", "--http.listen", http, "--admin.listen", admin)
	p, err := spawn(cmd, s.opts.Log)
	if err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	at, err := p.serving(ctx)
	if err != nil {
		p.kill()
		return err
	}
	s.process, s.HTTP, s.Admin = p, "http://"+at.HTTP, "http://"+at.Admin
	return nil
}

// Stop ends the process as a supervisor does, by SIGTERM, or after 20 s by
// SIGKILL, and removes its storage. It fails when the process did not end well,
// unless it was killed before. Further calls do nothing.
func (s *Server) Stop() error {
	err := s.process.stop()
	return errors.Join(err, os.RemoveAll(s.dir))
}

// Kill ends the process at once (SIGKILL) and waits until it is gone. Its storage
// stays for a Restart; Stop has to be called all the same.
func (s *Server) Kill() { s.process.kill() }

// Restart starts the program again on the same storage, and on the same ports
// unless they were taken meanwhile. A process that still runs is stopped first.
// After a failed Restart, or Stop, there is nothing to restart.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.process.stop(); err != nil {
		return err
	}
	return s.Again(ctx)
}

// Again is Restart for a process that has ended, however it ended.
func (s *Server) Again(ctx context.Context) error {
	<-s.process.ended
	if _, err := os.Stat(s.dir); err != nil {
		return fmt.Errorf("the storage is gone: %w", err)
	}
	err := s.launch(ctx, strings.TrimPrefix(s.HTTP, "http://"), strings.TrimPrefix(s.Admin, "http://"))
	if err != nil && strings.Contains(err.Error(), "address already in use") {
		return s.launch(ctx, anyPort, anyPort)
	}
	return err
}

// Ended is closed when the process that runs now is gone, whatever ended it.
func (s *Server) Ended() <-chan struct{} { return s.process.ended }

// ExitCode gives the status of a process that has ended, -1 if a signal ended it.
func (s *Server) ExitCode() int { return s.process.cmd.ProcessState.ExitCode() }

// PID is the id of the process that runs now.
func (s *Server) PID() int { return s.process.cmd.Process.Pid }

// Log gives the last lines that the process wrote, for messages about failures.
func (s *Server) Log() string { return s.process.log.String() }
