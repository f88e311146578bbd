package cluster

import (
	"context"
	"log/slog"
	"strings"
)

// quiet passes on warnings and errors only: the library reports every start and
// stop at info.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(warnings{log.Handler()}).With(slog.String("lib", "protoactor"))
}

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// Handle passes a record on as a warning at most: what matters is reported by
// those who handle it. That a connection ended is seen by who needs it.
func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "EndpointWriter ") {
		return nil
	}
	r.Level = min(r.Level, slog.LevelWarn)
	return w.Handler.Handle(ctx, r)
}

func (w warnings) WithAttrs(as []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(as)} }

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
