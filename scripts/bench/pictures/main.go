// Command pictures tells how long swipes take while pictures arrive, against how long
// they take without, at a server of its own.
//
//	go run ./scripts/bench/pictures                       # 400 swipes and 50 pictures a second
//	go run ./scripts/bench/pictures --uploads 20 --flags "--database.url=postgres://… --redis.url=redis://…"
//
// Swipes come at a fixed rate, whether the ones before have been answered or not, and
// their latency is counted from when each was meant to be sent. Rounds without and
// with pictures take turns; each begins when no picture is left to be worked at.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/crowd"
	"github.com/swiperhq/swiper/scripts/internal/ending"
)

func main() { os.Exit(crowd.Run("pictures", run, os.Exit)) }

// options are the flags.
type options struct {
	swipes, uploads, rounds int
	length                  time.Duration
	flags                   []string
}

const (
	maxRate   = 2000
	maxRounds = 20
)

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("pictures", flag.ContinueOnError)
	f.IntVar(&o.swipes, "swipes", 400, "how many a second")
	f.IntVar(&o.uploads, "uploads", 50, "how many pictures a second")
	f.IntVar(&o.rounds, "rounds", 3, "of each kind")
	f.DurationVar(&o.length, "length", 20*time.Second, "of a round")
	flags := f.String("flags", "", "more `flags` of the server, separated by spaces")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.flags = strings.Fields(*flags)
	switch {
	case min(o.swipes, o.uploads, o.rounds) < 1 || max(o.swipes, o.uploads) > maxRate || o.rounds > maxRounds:
		return o, fmt.Errorf("rates must be 1 to %d, and rounds 1 to %d", maxRate, maxRounds)
	case o.length < time.Second || o.length > time.Minute:
		return o, errors.New("--length must be 1s to 1m")
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
	s.round(ctx, o.swipes, 0, o.length) // to warm up
	var alone, beside []float64
	for n := range o.rounds {
		for _, uploads := range []int{0, o.uploads} {
			r := s.round(ctx, o.swipes, uploads, o.length)
			fmt.Fprintf(out, "round %d: %s\n", n+1, &r)
			if r.failed > 0 || r.broken > 0 {
				return errors.New("what failed was not measured")
			}
			if uploads == 0 {
				alone = append(alone, r.p99())
				continue
			}
			beside = append(beside, r.p99())
			took, err := s.settle(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "         all pictures were ready %.1f s later\n", took.Seconds())
		}
	}
	a, b := median(alone), median(beside)
	fmt.Fprintf(out, "p99 of swipes, medians: %.1f ms alone, %.1f ms beside pictures: %.2f ×\n", a, b, b/a)
	return nil
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}
