package sqlstore

import (
	"context"
	"time"
)

// Rows are picked first, once, and those that somebody else is about to prune or
// to use are passed over: the order in which rows are locked here is not that
// of the other transactions.

// PruneIdempotency implements persistence.Pruning.
func (s *Store) PruneIdempotency(ctx context.Context, before time.Time, limit int) (int, error) {
	d := s.db.Dialect()
	n, err := s.db.Exec(ctx, `WITH old AS MATERIALIZED (
			SELECT uid, key FROM idempotency WHERE time < $1 ORDER BY time LIMIT $2`+d.SkipLocked+`
		) DELETE FROM idempotency WHERE (uid, key) IN (SELECT uid, key FROM old)`, d.Time(before), limit)
	return int(n), err
}

// PruneSessions implements persistence.Pruning.
func (s *Store) PruneSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	d := s.db.Dialect()
	n, err := s.db.Exec(ctx, `WITH old AS MATERIALIZED (
			SELECT id FROM session WHERE expires_at < $1 ORDER BY expires_at LIMIT $2`+d.SkipLocked+`
		) DELETE FROM session WHERE id IN (SELECT id FROM old)`, d.Time(before), limit)
	return int(n), err
}

// PrunePhotos implements persistence.Pruning.
func (s *Store) PrunePhotos(ctx context.Context, before time.Time, limit int) (int, error) {
	d := s.db.Dialect()
	n, err := s.db.Exec(ctx, `WITH old AS MATERIALIZED (
			SELECT id FROM photo WHERE state = 'rejected' AND decided_at < $1 ORDER BY decided_at LIMIT $2`+d.SkipLocked+`
		) DELETE FROM photo WHERE id IN (SELECT id FROM old)`, d.Time(before), limit)
	return int(n), err
}
