package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/internal/ending"
)

// historyFile is what the history is called in a report folder.
const historyFile = "history.jsonl.gz"

func (p *program) checkCommand(status *int) *cobra.Command {
	var opts checker.JudgeOptions
	cmd := &cobra.Command{
		Use: "check FILE", Short: "Judge the history of an earlier run", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			run, err := checker.ReadFile(args[0])
			if err != nil {
				return err
			}
			verdict := checker.Judge(run, judgeOptions(opts))
			p.tell(&verdict)
			*status = ending.StatusOf(verdict.Outcome)
			return nil
		},
	}
	p.judgeFlags(cmd.Flags(), &opts)
	return cmd
}

// writeHistory packs a history into a report folder.
func writeHistory(dir string, run *checker.Run) (err error) {
	f, err := os.Create(filepath.Join(dir, historyFile)) //nolint:gosec // the folder that was asked for
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	packed, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(packed, 1<<20)
	if err := checker.Write(buffered, run); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return errors.Join(buffered.Flush(), packed.Close())
}

// tell says the verdict in a few lines.
func (p *program) tell(v *checker.Verdict) {
	fmt.Fprintf(p.stdout, "%s: %d changes acknowledged, %d refused, %d unknown; %d matches, %d couples, %d pairs\n",
		v.Outcome, v.Acknowledged, v.Refused, v.Unknown, v.Matches, v.Couples, v.Pairs)
	for _, why := range v.Why {
		fmt.Fprintf(p.stdout, "  %s\n", why)
	}
	told := map[checker.AnomalyKind]bool{}
	for _, a := range v.Examples {
		if !told[a.Kind] { // the report has the others
			told[a.Kind] = true
			fmt.Fprintf(p.stdout, "%s\n", a)
		}
	}
}

func join(items []string) string { return strings.Join(items, ",") }
