// Command connections opens connections for live pushes to a server of its own, as
// many as it is asked for and files allow, and tells what each takes of the server's
// memory while it is idle, and how fast matches are pushed beside all of them.
//
//	go run ./scripts/bench/connections             # 10,000
//	go run ./scripts/bench/connections --connections 2000
//
// Each connection is another user's. Both processes need a file for each; the limit
// is raised to what the machine allows. Clients call from many loopback addresses, so
// that ports do not run out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/crowd"
	"github.com/swiperhq/swiper/scripts/internal/ending"
)

func main() { os.Exit(crowd.Run("connections", run, os.Exit)) }

// options are the flags.
type options struct {
	connections, couples int
	within               time.Duration
}

const maxConnections = 100_000

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("connections", flag.ContinueOnError)
	f.IntVar(&o.connections, "connections", 10_000, "how many")
	f.IntVar(&o.couples, "couples", 500, "how many of them meet while all are open")
	f.DurationVar(&o.within, "within", 2*time.Minute, "how long opening them may take")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.connections < 2 || o.connections > maxConnections || o.couples < 0 || 2*o.couples > o.connections {
		return o, fmt.Errorf("--connections must be 2 to %d, and --couples at most half of it", maxConnections)
	}
	return o, nil
}

func run(ctx context.Context, haste *ending.Haste, args []string, out io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	s, err := open(ctx, haste, &o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	before, err := s.memory(ctx)
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := s.connect(ctx, &o); err != nil {
		return err
	}
	took, n := time.Since(begun), s.ears.Connected()
	after, err := s.memory(ctx)
	if err != nil {
		return err
	}
	each := func(a, b float64) float64 { return (b - a) / float64(n) }
	fmt.Fprintf(out, "%d of %d connections open after %.1f s\n", n, o.connections, took.Seconds())
	fmt.Fprintf(out, "each takes %.1f KB of the server: heap %.1f KB, stacks %.1f KB, %.1f goroutines (resident %.1f MB before, %.1f MB after)\n",
		each(before.heap+before.stacks, after.heap+after.stacks)/1e3, each(before.heap, after.heap)/1e3, each(before.stacks, after.stacks)/1e3,
		each(before.goroutines, after.goroutines), before.resident/1e6, after.resident/1e6)
	if n < o.connections {
		return errors.New("not all could be opened: is the limit of open files high enough (ulimit -Hn)?")
	}
	return s.meet(ctx, &o, out)
}
