package main

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/internal/requestid"
	"github.com/swiperhq/swiper/social"
)

// app is one run of the program.
type app struct {
	process

	// started tells that the command line was understood: an error before that
	// is a mistake of usage.
	started bool
}

func (a *app) rootCommand() *cobra.Command {
	root := group("swiper", "A backend for swipe-to-match apps")
	root.Long = `Swiper is a backend for swipe-to-match apps, in one binary.

"swiper serve --demo" runs it on embedded storage with made-up people. Every
setting is a flag, a variable (http.listen is SWIPER_HTTP_LISTEN) and an entry in
the file named by --config; "swiper config" shows them.`
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentPreRun = func(*cobra.Command, []string) { a.started = true }
	root.SetArgs(a.args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	config.AddFlags(root.PersistentFlags())
	root.AddCommand(a.serveCommand(), a.migrateCommand(), a.seedCommand(), a.tokenCommand(), a.inspectCommand(), a.configCommand(), a.certsCommand(), a.versionCommand())
	return root
}

// group is a command that only holds others.
func group(use, short string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return &usageError{fmt.Errorf("%s needs a command: %s", cmd.CommandPath(), strings.Join(names(cmd), ", "))}
		},
	}
}

func names(cmd *cobra.Command) []string {
	var out []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			out = append(out, c.Name())
		}
	}
	return out
}

// settings loads the settings of a command; mistakes in them are mistakes of usage.
func (a *app) settings(cmd *cobra.Command) (config.Settings, error) {
	s, err := config.Load(cmd.Flags(), a.environ)
	if err != nil {
		return s, &usageError{fmt.Errorf("the settings are wrong:\n%w", err)}
	}
	return s, nil
}

// logger makes the log that s asks for.
func (a *app) logger(s *config.Settings) *slog.Logger {
	var level slog.Level
	// Settings are checked: a level that is none has been refused.
	_ = level.UnmarshalText([]byte(s.Log.Level))
	opts := &slog.HandlerOptions{Level: level}
	if s.Log.Format == "json" {
		return slog.New(requestid.Handler(slog.NewJSONHandler(a.stderr, opts)))
	}
	return slog.New(requestid.Handler(slog.NewTextHandler(a.stderr, opts)))
}

func parseUserID(text string) (social.UserID, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, &usageError{fmt.Errorf("%q is no user id: ids are whole numbers from 1", text)}
	}
	return social.UserID(id), nil
}
