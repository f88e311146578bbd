package persistence

import (
	"context"
	"time"
)

// CodeVerdict says what became of a try at a code.
type CodeVerdict int

// The verdicts.
const (
	CodeWrong   CodeVerdict = iota + 1 // or none was asked for, or it expired or was used
	CodeRight                          // and used up by this try
	CodeTooMany                        // all tries were used: the code is burnt, until a new one is put
)

// LoginCodes holds the codes that were sent to phones. It may lose them all:
// people ask again. Each call is atomic. CodeUnavailable while it is away.
type LoginCodes interface {
	// PutCode makes hash the only good code of phone (a keyed hash of the number)
	// for life, with tries tries.
	PutCode(ctx context.Context, phone string, hash []byte, tries int, life time.Duration) error
	// TryCode compares and counts: of any number of tries at once, at most tries are compared.
	TryCode(ctx context.Context, phone string, hash []byte) (CodeVerdict, error)
}

// Rate allows Burst at once and on average Burst per Period; a Burst of 0 allows
// nothing.
type Rate struct {
	Burst  int
	Period time.Duration
}

// Limiter counts events by key, over all nodes.
type Limiter interface {
	// Allow counts one event; when there were too many it gives how long until one
	// is allowed again, else 0. CodeUnavailable while it is away.
	Allow(ctx context.Context, key string, rate Rate) (retryAfter time.Duration, err error)
}
