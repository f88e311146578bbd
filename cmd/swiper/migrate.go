package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) migrateCommand() *cobra.Command {
	cmd := group("migrate", "Move the database's schema")
	cmd.Long = `Moves the database's schema. "serve" and "seed" apply pending steps themselves;
any number of nodes may do so at once.`
	cmd.AddCommand(
		a.migration("up", "Apply all pending steps", func(ctx context.Context, db database) error {
			n, err := db.MigrateUp(ctx)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "applied %d\n", n)
			return err
		}),
		a.migration("down", "Take back the latest step, and the data that only it can hold", func(ctx context.Context, db database) error {
			n, err := db.MigrateDown(ctx)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "taken back %d\n", n)
			return err
		}),
		a.migration("status", "List every step", a.printMigrations),
	)
	return cmd
}

func (a *app) migration(use, short string, do func(context.Context, database) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			db, closeDB, err := openDatabase(cmd.Context(), &s, a.logger(&s), nil)
			if err != nil {
				return err
			}
			return errors.Join(do(cmd.Context(), db), closeDB())
		},
	}
}

func (a *app) printMigrations(ctx context.Context, db database) error {
	steps, err := db.Migrations(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VERSION\tNAME\tAPPLIED")
	for _, step := range steps {
		applied := "pending"
		if !step.AppliedAt.IsZero() {
			applied = step.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\n", step.Version, step.Name, applied)
	}
	return table.Flush()
}
