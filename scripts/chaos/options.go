//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swiperhq/swiper/scripts/chaos/fault"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
)

// options are the flags.
type options struct {
	names    []string
	list     bool
	seed     uint64
	duration time.Duration
	provider string
	nodes    int
	users    int
	rate     float64
	report   string
	sabotage string

	faults []fault.Fault
}

func (p *program) command(ctx context.Context, status *int) *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use: "chaos", Short: "Prove that faults lose no match", Args: cobra.NoArgs, SilenceErrors: true, SilenceUsage: true,
		Long: `Runs the load test on several processes that share a PostgreSQL and a Redis,
injects faults meanwhile, and judges what came of it. It starts and stops all it
needs by itself. Each fault has a run of its own.

Exit status: 0 clean, 1 broken, 2 void, 3 could not run, 130 interrupted.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.list {
				for _, f := range fault.All() {
					fmt.Fprintf(p.stdout, "%-11s %s\n", f.Name, f.Does)
				}
				return nil
			}
			err := o.complete(cmd.Flags())
			if err == nil {
				*status, err = p.chaos(ctx, o)
			}
			return err
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	f := root.Flags()
	f.StringSliceVar(&o.names, "fault", nil, "what to inject, several one after the other; \"all\" for everything")
	f.BoolVar(&o.list, "list", false, "list the faults")
	f.Uint64Var(&o.seed, "seed", 0, "what the moments and victims depend on (default: another one each time)")
	f.DurationVar(&o.duration, "duration", time.Minute, "how long the load lasts for each fault; longer for those that need it")
	f.StringVar(&o.provider, "provider", string(stage.Etcd), "how the nodes find each other: none, static or etcd")
	f.IntVar(&o.nodes, "nodes", 3, "how many nodes")
	f.IntVar(&o.users, "users", 1000, "how many simulated swipers")
	f.Float64Var(&o.rate, "rate", 400, "requests that they are meant to send a second")
	f.StringVar(&o.report, "report", "chaos-report", "folder for the report; it must be new or empty")
	f.StringVar(&o.sabotage, "sabotage", "", "build a deliberate defect into the nodes (internal/sabotage), to see it found")
	return root
}

// Bounds of flags.
const (
	leastDuration = 12 * time.Second
	mostNodes     = 9
	mostUsers     = 100_000
	mostRate      = 100_000
)

// complete checks the flags together and finds the faults.
func (o *options) complete(f *pflag.FlagSet) (err error) {
	bad := func(broken bool, format string, args ...any) error {
		if broken {
			return fmt.Errorf(format, args...)
		}
		return nil
	}
	providers := []stage.Provider{stage.None, stage.Static, stage.Etcd}
	err = errors.Join(
		bad(len(o.names) == 0, "--fault is needed; --list tells which there are"),
		bad(o.duration < leastDuration, "--duration must be at least %s, not %s", leastDuration, o.duration),
		bad(!slices.Contains(providers, stage.Provider(o.provider)), "--provider is none, static or etcd, not %q", o.provider),
		bad(o.nodes < 2 || o.nodes > mostNodes, "--nodes must be 2 to %d, not %d", mostNodes, o.nodes),
		bad(o.users < 2 || o.users > mostUsers, "--users must be 2 to %d, not %d", mostUsers, o.users),
		bad(!(o.rate > 0 && o.rate <= mostRate), "--rate must be above 0 and at most %d, not %g", mostRate, o.rate),
	)
	if err != nil {
		return err
	}
	if slices.Equal(o.names, []string{"all"}) {
		o.names = fault.Names()
	}
	if o.faults, err = fault.Named(o.names); err != nil {
		return err
	}
	if !f.Changed("seed") {
		o.seed = uint64(rand.Uint32()) //nolint:gosec // to be short to type, not hard to guess
	}
	return o.possible()
}

// possible tells what keeps faults from being injected here.
func (o *options) possible() error {
	var errs []error
	for _, f := range o.faults {
		if f.Membership && stage.Provider(o.provider) == stage.None {
			errs = append(errs, fmt.Errorf("%s needs nodes that know each other: not --provider none", f.Name))
		}
		if f.Etcd && stage.Provider(o.provider) != stage.Etcd {
			errs = append(errs, fmt.Errorf("%s needs --provider etcd", f.Name))
		}
		if f.Root && os.Geteuid() != 0 {
			errs = append(errs, fmt.Errorf("%s needs to mount disks or make networks: run it as root", f.Name))
		}
		for _, program := range f.Programs {
			if _, err := exec.LookPath(program); err != nil {
				errs = append(errs, fmt.Errorf("%s needs the program %s", f.Name, program))
			}
		}
	}
	return errors.Join(errs...)
}
