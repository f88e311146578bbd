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

	"github.com/swiperhq/swiper/scripts/internal/ending"
)

func main() {
	os.Exit(ending.Run(func(ctx context.Context, haste *ending.Haste) int {
		p := &program{stdout: os.Stdout, stderr: os.Stderr, haste: haste}
		return p.run(ctx, os.Args[1:])
	}, os.Exit))
}

// program is one run of the command.
type program struct {
	stdout, stderr io.Writer
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
	case errors.Is(err, errInterrupted) || (err != nil && ctx.Err() != nil):
		fmt.Fprintln(p.stderr, "loadtest: interrupted")
		return ending.Interrupted
	case err != nil:
		fmt.Fprintf(p.stderr, "loadtest: %v\n", err)
		return ending.CannotRun
	}
	return status
}
