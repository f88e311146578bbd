package sqlstore

import (
	"context"

	"github.com/swiperhq/swiper/persistence"
)

const auditColumns = `at, "by", action, target, was, became`

// audit writes an entry in the transaction of the change that it tells of.
func (s *Store) audit(ctx context.Context, c Conn, e *persistence.AuditEntry) error {
	_, err := c.Exec(ctx, `INSERT INTO audit (`+auditColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		s.db.Dialect().Time(e.At), e.By, e.Action, e.Target, e.From, e.To)
	return err
}

// AddAudit implements persistence.Audit.
func (s *Store) AddAudit(ctx context.Context, e persistence.AuditEntry) error {
	return s.audit(ctx, s.db, &e)
}

// AuditLog implements persistence.Audit.
func (s *Store) AuditLog(ctx context.Context, before int64, limit int) ([]persistence.AuditEntry, error) {
	return collect(ctx, s.db, func(r Row, e *persistence.AuditEntry) error {
		return r.Scan(&e.ID, ScanTime(&e.At), &e.By, &e.Action, &e.Target, &e.From, &e.To)
	}, `SELECT id, `+auditColumns+` FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2`, orLatest(before), limit)
}

// orLatest makes 0, for the latest, a bound that is above every number.
func orLatest(before int64) int64 {
	if before == 0 {
		return 1<<63 - 1
	}
	return before
}
