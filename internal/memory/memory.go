// Package memory sets the garbage collector of a server. It knows nothing of
// what the server does.
package memory

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// gcPercent trades memory for a fifth of the processor: most of a swipe is garbage.
	gcPercent = 400
	// memoryShare of what the machine or its control group has is where the
	// collector gives that up and saves memory.
	memoryShare = 0.6
)

// Tune sets the garbage collector of this process, unless GOGC or GOMEMLIMIT say how.
func Tune(ctx context.Context, logger *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	limit, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithRatio(memoryShare),
		memlimit.WithProvider(memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)))
	if err != nil {
		logger.WarnContext(ctx, "no memory limit is set: the machine's memory is not known", slog.Any("error", err))
		return
	}
	logger.DebugContext(ctx, "memory limit", slog.Int64("bytes", limit))
}
