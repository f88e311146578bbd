//go:build linux

// Command chaos proves that faults lose no match. It sets up PostgreSQL, Redis,
// etcd and several processes of the program, lets the load test play on all of
// them, injects faults at moments that a seed decides, and judges: the load
// test's checker whether anything was lost, and a probe of its own whether calls
// succeeded again as soon as they must.
//
//	go run ./scripts/chaos --fault kill,join --seed 7 --duration 60s
//	go run ./scripts/chaos --list
//
// Each fault has a run of its own, on fresh databases. Progress goes to standard
// error, the table to standard output; the report folder gets chaos.json and, for
// each fault, the load test's report and the nodes' logs. The exit status is 0 when
// all is clean, 1 when a rule or a bound was broken, 2 when too little happened to
// tell, 3 when a run could not be made, 130 when it was interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/swiperhq/swiper/scripts/internal/ending"
)

func main() {
	os.Exit(ending.Run(func(ctx context.Context, haste *ending.Haste) int {
		p := &program{stdout: os.Stdout, stderr: os.Stderr, haste: haste, begun: time.Now()}
		return p.run(ctx, os.Args[1:])
	}, os.Exit))
}

// program is one run of the command.
type program struct {
	stdout, stderr io.Writer
	begun          time.Time
	haste          *ending.Haste
}

var errInterrupted = errors.New("interrupted")

// run does what args ask for and gives the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	status := ending.Clean
	root := p.command(ctx, &status)
	root.SetArgs(args)
	err := root.Execute()
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(p.stderr, "chaos:", errInterrupted)
		return ending.Interrupted
	case err != nil:
		fmt.Fprintf(p.stderr, "chaos: %v\n", err)
		return ending.CannotRun
	}
	return status
}

// say tells people what happens, and when.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.stderr, "%6.1fs  %s\n", time.Since(p.begun).Seconds(), fmt.Sprintf(format, args...))
}
