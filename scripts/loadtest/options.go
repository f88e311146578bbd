package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// options are the flags.
type options struct {
	users       int
	firstUser   int64
	duration    time.Duration
	warmup      time.Duration
	within      time.Duration // after duration: when the verdict is due
	seed        uint64
	targets     []string
	admins      []string
	report      string
	concurrency int
	rate        float64
	couples     float64
	listeners   float64
	logins      int
	faults      string
	days        int
	judge       checker.JudgeOptions

	adminToken string            // from the environment: flags are for everyone to see
	given      map[string]string // flags as given, for the report
}

// defaultWithin is enough for about 200,000 swipes where 10,000 requests a second
// are answered; leastWithin is what a few thousand take.
const (
	defaultWithin = 30 * time.Second
	leastWithin   = 10 * time.Second
	mostWithin    = time.Hour
)

// loginsByItself stands for: as many as suit, if the server shows the codes.
const loginsByItself = -1

func (p *program) command(ctx context.Context, status *int) *cobra.Command {
	o := &options{adminToken: os.Getenv("LOADTEST_ADMIN_TOKEN")}
	root := &cobra.Command{
		Use: "loadtest", Short: "Simulated swipers that check", Args: cobra.NoArgs, SilenceErrors: true, SilenceUsage: true,
		Long: `Lets simulated swipers loose on a server, then looks at everything that they
left behind and judges it. Without --target it starts a server of its own on
fresh embedded storage. The admin listener's token, if it asks for one, is read
from LOADTEST_ADMIN_TOKEN.

Against a server of yours it mints tokens for the users, lifts the limits on
requests and sets a limit on superlikes for as long as it runs, and leaves
swipes, friendships and, with --logins, accounts behind.

Exit status: 0 clean, 1 broken, 2 void, 3 could not run, 130 interrupted.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd.Flags()); err != nil {
				return err
			}
			var err error
			*status, err = p.loadtest(ctx, o)
			return err
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	f := root.Flags()
	f.IntVar(&o.users, "users", 1000, "how many swipers")
	f.Int64Var(&o.firstUser, "first-user", 1, "id of the first; the others follow it")
	f.DurationVar(&o.duration, "duration", time.Minute, "how long they play, the first look at the users and the warm-up included")
	f.DurationVar(&o.warmup, "warmup", 5*time.Second, "how much of that is left out of the figures")
	f.DurationVar(&o.within, "verdict-within", defaultWithin, "how long after that the verdict comes; a slow machine needs longer to look at what many did")
	f.Uint64Var(&o.seed, "seed", 0, "what chance depends on (default: another one each time)")
	f.StringSliceVar(&o.targets, "target", nil, "public URLs of the server's nodes (default: a server of its own)")
	f.StringSliceVar(&o.admins, "admin", nil, "URLs of admin listeners of the same server")
	f.StringVar(&o.report, "report", "loadtest-report", "folder for the report; it must be new or empty")
	f.IntVar(&o.concurrency, "concurrency", 64, "closed loop: how many act at a time")
	f.Float64Var(&o.rate, "rate", 0, "open loop: requests meant to be sent a second")
	f.Float64Var(&o.couples, "couples", 0.3, "share of the swipes that two make at the same instant")
	f.Float64Var(&o.listeners, "listeners", 0.1, "share of the swipers who keep a connection for live pushes open, 10,000 at most")
	f.IntVar(&o.logins, "logins", loginsByItself, "how many more come in by phone (default: some, if the server shows the codes)")
	f.StringVar(&o.faults, "faults", "", "file that tells, at the end, which faults were injected when")
	f.IntVar(&o.days, "days", 1, "how many days it will have been by the clocks of the nodes; above 1 midnight is not put off")
	p.judgeFlags(f, &o.judge)
	root.AddCommand(p.checkCommand(status))
	return root
}

// judgeFlags are those of the referee; the defaults are its own.
func (*program) judgeFlags(f *pflag.FlagSet, o *checker.JudgeOptions) {
	f.IntVar(&o.MinAcknowledged, "min-acknowledged", 1000, "fewer acknowledged changes tell nothing")
	f.IntVar(&o.MinMatches, "min-matches", 20, "fewer matches tell nothing")
	f.IntVar(&o.MinCouples, "min-couples", 20, "fewer couples tell nothing")
}

// judgeOptions takes 0 at its word, which the referee takes for its default.
func judgeOptions(o checker.JudgeOptions) checker.JudgeOptions {
	for _, least := range []*int{&o.MinAcknowledged, &o.MinMatches, &o.MinCouples} {
		if *least == 0 {
			*least = -1
		}
	}
	return o
}

// Bounds of flags.
const (
	maxUsers       = 1_000_000
	maxConcurrency = 4096
	maxRate        = 1_000_000
	maxDays        = 7
)

// complete checks the flags together and fills in what they leave open.
func (o *options) complete(f *pflag.FlagSet) error {
	bad := func(broken bool, format string, args ...any) error {
		if broken {
			return fmt.Errorf(format, args...)
		}
		return nil
	}
	err := errors.Join(
		bad(o.users < 2 || o.users > maxUsers, "--users must be 2 to %d, not %d", maxUsers, o.users),
		bad(o.firstUser < 1, "--first-user must be at least 1, not %d", o.firstUser),
		bad(o.duration < time.Second, "--duration must be at least 1s, not %s", o.duration),
		bad(o.warmup < 0 || o.warmup >= o.duration, "--warmup must be shorter than --duration (%s), not %s", o.duration, o.warmup),
		bad(o.within < leastWithin || o.within > mostWithin, "--verdict-within must be %s to %s, not %s", leastWithin, mostWithin, o.within),
		bad(o.concurrency < 1 || o.concurrency > maxConcurrency, "--concurrency must be 1 to %d, not %d", maxConcurrency, o.concurrency),
		bad(f.Changed("rate") && !(o.rate > 0 && o.rate <= maxRate), "--rate must be above 0 and at most %d, not %g", maxRate, o.rate),
		bad(f.Changed("rate") && f.Changed("concurrency"), "--rate and --concurrency exclude each other"),
		bad(!(o.couples >= 0 && o.couples <= 1), "--couples is a share, 0 to 1, not %g", o.couples),
		bad(!(o.listeners >= 0 && o.listeners <= 1), "--listeners is a share, 0 to 1, not %g", o.listeners),
		bad(o.days < 1 || o.days > maxDays, "--days must be 1 to %d, not %d", maxDays, o.days),
		bad(o.logins < loginsByItself || o.logins > o.users, "--logins must be 0 to --users, not %d", o.logins),
		bad(len(o.targets) > 0 && len(o.admins) == 0, "--target needs --admin, where tokens and settings come from"),
		bad(len(o.targets) == 0 && len(o.admins) > 0, "--admin needs --target"),
		bad(len(o.targets) == 0 && f.Changed("first-user"), "--first-user needs --target: a server of its own begins at 1"),
	)
	if err != nil {
		return err
	}
	if !f.Changed("seed") {
		o.seed = uint64(rand.Uint32()) //nolint:gosec // to be short to type, not hard to guess
	}
	if o.rate > 0 {
		o.concurrency = 0
	}
	o.given = map[string]string{}
	f.Visit(func(flag *pflag.Flag) { o.given[flag.Name] = flag.Value.String() })
	o.given["seed"] = strconv.FormatUint(o.seed, 10)
	for name, urls := range map[string][]string{"target": o.targets, "admin": o.admins} {
		if len(urls) > 0 {
			o.given[name] = join(urls)
		}
	}
	return nil
}

// people gives the ids of those who play without coming in by phone.
func (o *options) people() []social.UserID {
	ids := make([]social.UserID, o.users)
	for i := range ids {
		ids[i] = social.UserID(o.firstUser) + social.UserID(i)
	}
	return ids
}
