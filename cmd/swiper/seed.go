package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/swiperhq/swiper/internal/people"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// demoPeople are the users of a demonstration: enough for full decks, in few
// enough places that everybody has neighbours.
func demoPeople() people.Options { return people.Options{Users: 2000, Locations: 4, Seed: 1} }

var errNotEmpty = errors.New("the database has users already; --append adds to them")

func (a *app) seedCommand() *cobra.Command {
	o := people.Options{}
	var add bool
	cmd := &cobra.Command{
		Use: "seed", Short: "Fill the database with made-up people", Args: cobra.NoArgs,
		Long: `Applies pending migrations and stores made-up people with full profiles and no
swipes, all of them or none. The same seed gives the same people. A database
that has users is refused unless --append is given; the new ones then get the
ids behind those there are.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := people.Generate(o); err != nil {
				return &usageError{err}
			}
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			db, closeDB, err := openDatabase(cmd.Context(), &s, a.logger(&s), nil)
			if err != nil {
				return err
			}
			return errors.Join(a.seed(cmd.Context(), db, o, add), closeDB())
		},
	}
	cmd.Flags().Int64Var(&o.Users, "users", 10_000, "how many")
	cmd.Flags().IntVar(&o.Locations, "locations", 10, "in how many places")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "which people")
	cmd.Flags().BoolVar(&add, "append", false, "add to the users there are")
	return cmd
}

func (a *app) seed(ctx context.Context, db database, o people.Options, add bool) error {
	if _, err := db.MigrateUp(ctx); err != nil {
		return err
	}
	there, err := db.CountUsers(ctx)
	if err != nil {
		return err
	}
	if there > 0 && !add {
		return errNotEmpty
	}
	o.First = social.UserID(there) + 1
	crowd, err := people.Generate(o)
	if err != nil {
		return err
	}
	crowd, finish := withProgress(crowd, o.Users, a.stderr)
	start := time.Now()
	n, err := db.InsertUsers(ctx, crowd)
	finish()
	if err != nil {
		return fmt.Errorf("store the people: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "stored %d users in %d locations in %s\n", n, o.Locations, time.Since(start).Round(time.Millisecond))
	return err
}

// withProgress shows on a terminal how many people were taken from seq. finish
// clears the bar.
func withProgress(seq iter.Seq[social.User], total int64, to io.Writer) (watched iter.Seq[social.User], finish func()) {
	f, ok := to.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return seq, func() {}
	}
	bar := progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("users"), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond))
	const step = 1000 // the bar takes longer than a person does
	return func(yield func(social.User) bool) {
		n := 0
		for u := range seq {
			if n++; n%step == 0 {
				_ = bar.Add(step) // a bar that cannot be drawn is no reason to stop
			}
			if !yield(u) {
				return
			}
		}
	}, func() { _ = bar.Finish() }
}

// seedDemo fills an empty database for a demonstration and tells how many
// people it holds. Of several nodes that start at once, one does it.
func seedDemo(ctx context.Context, users persistence.Users) (int64, error) {
	there, err := users.CountUsers(ctx)
	if err != nil || there > 0 {
		return there, err
	}
	crowd, err := people.Generate(demoPeople())
	if err != nil {
		return 0, err
	}
	n, err := users.InsertUsers(ctx, crowd)
	if err == nil {
		return n, nil
	}
	if there, again := users.CountUsers(ctx); again == nil && there > 0 {
		return there, nil
	}
	return 0, fmt.Errorf("store the demo people: %w", err)
}
