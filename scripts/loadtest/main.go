// Command loadtest sets simulated swipers on a server, looks at everything they
// left behind and judges whether any of the rules was broken.
//
//	go run ./scripts/loadtest                     # against a fresh embedded server of its own
//	go run ./scripts/loadtest --target http://127.0.0.1:8080,http://127.0.0.1:9080 --admin http://127.0.0.1:8081
//	go run ./scripts/loadtest check loadtest-report/history.jsonl.gz
//
// Progress goes to standard error, the verdict to standard output; report.html,
// report.json and history.jsonl.gz are left in the report folder. The exit status
// is 0 when all is clean, 1 when a rule was broken, 2 when too little happened to
// tell, 3 when the run could not be made, 130 when it was interrupted.
//
// The program puts the others together: client speaks HTTP, swipers decide what
// is asked, settle looks at what is left, internal/checker judges.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/swiperhq/swiper/internal/checker"
)

// Exit statuses.
const (
	exitClean       = 0
	exitBroken      = 1
	exitVoid        = 2
	exitCannotRun   = 3
	exitInterrupted = 130
)

func main() {
	p := &program{stdout: os.Stdout, stderr: os.Stderr}
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		p.abandon()
		os.Exit(exitInterrupted)
	}()
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is one run of the command.
type program struct {
	stdout, stderr io.Writer

	mu    sync.Mutex
	leave []func() // what must not be left behind even in haste
}

var errInterrupted = errors.New("interrupted")

// run does what args ask for and gives the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	status := exitClean
	root := p.command(ctx, &status)
	root.SetArgs(args)
	err := root.Execute()
	switch {
	case errors.Is(err, errInterrupted) || (err != nil && ctx.Err() != nil):
		fmt.Fprintln(p.stderr, "loadtest: interrupted")
		return exitInterrupted
	case err != nil:
		fmt.Fprintf(p.stderr, "loadtest: %v\n", err)
		return exitCannotRun
	}
	return status
}

// onHaste remembers what has to be done when there is no time to end properly.
func (p *program) onHaste(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave = append(p.leave, f)
}

// abandon ends what would outlive the program.
func (p *program) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.leave {
		f()
	}
}

func statusOf(v *checker.Verdict) int {
	switch v.Outcome {
	case checker.Clean:
		return exitClean
	case checker.Broken:
		return exitBroken
	case checker.Void:
		return exitVoid
	}
	return exitVoid
}
