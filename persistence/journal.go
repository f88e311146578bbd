package persistence

import (
	"context"
	"time"
)

// Journals are short lists of lines that nodes show each other. They may be lost at
// any time.
type Journals interface {
	// AppendLine adds a line to a journal, which has the latest keep of them and is gone
	// when nothing was added for life.
	AppendLine(ctx context.Context, journal, line string, keep int, life time.Duration) error

	// Lines gives the last lines of each journal, most at most, the oldest first; none of
	// one that is not there.
	Lines(ctx context.Context, journals []string, most int) ([][]string, error)
}
