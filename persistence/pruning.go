package persistence

import (
	"context"
	"time"
)

// Pruning deletes what nobody needs any more. Each call is one short
// transaction that deletes at most limit rows, the oldest first, and gives how
// many it deleted: limit tells that there may be more. Calls at the same time,
// from any number of nodes, share the work.
type Pruning interface {
	// PruneIdempotency deletes answers stored under an IdempotencyKey before the
	// given time.
	PruneIdempotency(ctx context.Context, before time.Time, limit int) (int, error)

	// PruneSessions deletes sessions that expired before the given time.
	PruneSessions(ctx context.Context, before time.Time, limit int) (int, error)

	// PruneEvents deletes events of before the given time. An engine may pass over
	// one that stands among younger ones, for a while.
	PruneEvents(ctx context.Context, before time.Time, limit int) (int, error)

	// PruneExports deletes the records of exports that were asked for before the
	// given time.
	PruneExports(ctx context.Context, before time.Time, limit int) (int, error)

	// PrunePhotos deletes what is left of photos that were rejected before the given
	// time.
	PrunePhotos(ctx context.Context, before time.Time, limit int) (int, error)
}
