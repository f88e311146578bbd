package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // quota_timezone must work on machines without zone files
)

// Exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1 // the command was understood and did not succeed
	exitUsage  = 2 // the command line or a setting is wrong
	exitLost   = 3 // the node has lost its membership of the cluster; to be started again
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, process{args: os.Args[1:], environ: os.Environ(), stdout: os.Stdout, stderr: os.Stderr}))
}

// process is what a run of the program gets from the system. Tests bring their own.
type process struct {
	args           []string
	environ        []string
	stdout, stderr io.Writer
}

// run does what the command line says until it is done or ctx ends, and gives
// the exit code.
func run(ctx context.Context, p process) int {
	a := &app{process: p}
	root := a.rootCommand()
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var usage *usageError
	if errors.As(err, &usage) || !a.started {
		fmt.Fprintf(p.stderr, "swiper: %v\nTry: swiper --help\n", err)
		return exitUsage
	}
	if errors.As(err, new(*lostError)) {
		return exitLost // the log's last line says it
	}
	fmt.Fprintf(p.stderr, "swiper: %v\n", err)
	return exitFailed
}

// usageError is a mistake of whoever started the program.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
