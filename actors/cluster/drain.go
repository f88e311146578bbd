package cluster

import (
	"context"
	"errors"
	"fmt"
)

// ErrDrainUnfinished tells that actors were left when the context ended.
var ErrDrainUnfinished = errors.New("drain unfinished")

// Drain ends every actor of the kind on this node for good: each is told to
// finish what it accepted and to stop, and no new one is activated. It returns
// when none is left, or with ErrDrainUnfinished.
func (n *Node) Drain(ctx context.Context, kind string) error {
	waits := make([]*reply, 0, placementShards)
	for _, pid := range n.lookup.shards {
		waits = append(waits, n.courier.replies.post(pid, &drainKind{kind}))
	}
	var failed error
	for _, w := range waits {
		if _, err := w.wait(ctx); err != nil {
			failed = fmt.Errorf("actors of kind %s: %w: %w", kind, ErrDrainUnfinished, err)
		}
	}
	return failed
}
