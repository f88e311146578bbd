package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/swiperhq/swiper/internal/nodetls"
)

func (a *app) configCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use: "config", Short: "Show the settings in force and where each comes from", Args: cobra.NoArgs,
		Long: `Shows every setting, its value and where that comes from: default, file,
environment or flag. Secrets are masked. With --check it only says whether the
settings are right: all mistakes at once, and exit code 2.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			if check {
				if c := &s.Cluster; !c.Alone() && c.TLS.Given() {
					if wrong := nodetls.Check(guardOptions(c, nil)); len(wrong) > 0 {
						return &usageError{fmt.Errorf("the settings are wrong:\n%w", errors.Join(wrong...))}
					}
				}
				_, err := fmt.Fprintln(a.stdout, "ok")
				return err
			}
			table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "SETTING\tVALUE\tSOURCE")
			for _, e := range s.Entries() {
				fmt.Fprintf(table, "%s\t%s\t%s\n", e.Name, e.Value, e.Source)
			}
			return table.Flush()
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "only check")
	return cmd
}
