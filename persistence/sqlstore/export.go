package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const exportColumns = `id, uid, task_id, state, key, size, created_at, expires_at`

// exportMade tells that somebody will go on with the export x.
const exportMade = `EXISTS (SELECT 1 FROM task t WHERE t.id = x.task_id AND t.outcome IS NULL)`

const exportSQL = `SELECT ` + exportColumns + ` FROM export WHERE id = $1`

func scanExport(r Row, e *persistence.Export) error {
	return r.Scan((*string)(&e.ID), &e.UID, (*string)(&e.Task), (*string)(&e.State), &e.Key, &e.Size, ScanTime(&e.CreatedAt), ScanTime(&e.ExpiresAt))
}

func exportNotFound() error {
	return social.Errorf(social.CodeExportNotFound, "There is no such export, or it has expired.")
}

// exportBusy sends an attempt away whose object is not the export's: the next one
// looks again.
func exportBusy() error {
	return &social.Error{Code: social.CodeUnavailable, Message: "Another attempt is at it.", RetryAfter: retryAfter}
}

func oneExport(ctx context.Context, c Conn, query string, args ...any) (persistence.Export, error) {
	var e persistence.Export
	err := scanExport(c.QueryRow(ctx, query, args...), &e)
	if errors.Is(err, ErrNoRows) {
		return e, exportNotFound()
	}
	return e, err
}

// Export implements persistence.Exports.
func (s *Store) Export(ctx context.Context, id persistence.ExportID) (persistence.Export, error) {
	return oneExport(ctx, s.db, exportSQL, string(id))
}

// LatestExport implements persistence.Exports.
func (s *Store) LatestExport(ctx context.Context, uid social.UserID) (persistence.Export, error) {
	return oneExport(ctx, s.db, `SELECT x.id, x.uid, x.task_id, CASE WHEN x.state = 'accepted' AND NOT `+exportMade+` THEN 'failed' ELSE x.state END,
		x.key, x.size, x.created_at, x.expires_at FROM export x WHERE x.uid = $1 ORDER BY x.created_at DESC, x.id LIMIT 1`, uid)
}

// RequestExport implements persistence.Exports. The user's row is what several
// requests at once queue at.
func (s *Store) RequestExport(
	ctx context.Context, e persistence.Export, bound persistence.ExportBound, task persistence.Task,
) (out persistence.Export, err error) {
	d := s.db.Dialect()
	err = s.db.InTx(ctx, func(tx Conn) error {
		if err := s.lockUser(ctx, tx, e.UID); err != nil {
			return err
		}
		out, err = oneExport(ctx, tx, `SELECT `+exportColumns+` FROM export x WHERE x.uid = $1 AND (x.state = 'ready' AND x.expires_at > $2
				OR x.state = 'accepted' AND `+exportMade+`)
			ORDER BY x.created_at DESC LIMIT 1`, e.UID, d.Time(e.CreatedAt))
		if social.CodeOf(err) != social.CodeExportNotFound {
			return err
		}
		if err := s.mayExport(ctx, tx, e, bound); err != nil {
			return err
		}
		made, err := s.enqueue(ctx, tx, e.CreatedAt, task)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO export (id, uid, task_id, state, created_at) VALUES ($1, $2, $3, 'accepted', $4)`,
			string(e.ID), e.UID, string(made[0].ID), d.Time(e.CreatedAt)); err != nil {
			return err
		}
		out, err = oneExport(ctx, tx, exportSQL, string(e.ID))
		return err
	})
	return out, err
}

func (s *Store) mayExport(ctx context.Context, tx Conn, e persistence.Export, bound persistence.ExportBound) error {
	var made int
	var first time.Time
	err := tx.QueryRow(ctx, `SELECT count(*), min(created_at) FROM export WHERE uid = $1 AND created_at > $2`,
		e.UID, s.db.Dialect().Time(e.CreatedAt.Add(-bound.Within))).Scan(&made, ScanTime(&first))
	if err != nil || made < bound.Most {
		return err
	}
	return &social.Error{
		Code: social.CodeRateLimited, Message: "You have asked for your data often enough for now.",
		RetryAfter: max(first.Add(bound.Within).Sub(e.CreatedAt), time.Second),
	}
}

// ClaimExport implements persistence.Exports.
func (s *Store) ClaimExport(ctx context.Context, id persistence.ExportID, key string, at, dropAt time.Time) error {
	d := s.db.Dialect()
	return s.db.InTx(ctx, func(tx Conn) error {
		e, err := oneExport(ctx, tx, exportSQL+d.LockRow, string(id))
		switch {
		case err != nil:
			return err
		case e.State == persistence.ExportReady:
			return exportBusy()
		case e.State != persistence.ExportAccepted:
			return exportNotFound()
		}
		if err := s.dropExported(ctx, tx, e.Key, dropAt); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO object (key, uid, seq, state, due) VALUES ($1, $2, 0, 'pending', $3)`,
			key, e.UID, d.Time(at)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE export SET key = $2 WHERE id = $1`, string(id), key)
		return err
	})
}

// dropExported lets go of an object that no export is read from.
func (s *Store) dropExported(ctx context.Context, tx Conn, key string, due time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE object SET state = 'dropped', due = $2 WHERE key = $1 AND state = 'pending'`, key, s.db.Dialect().Time(due))
	return err
}

// FinishExport implements persistence.Exports. The object is dropped at once, but
// not due before it expires: the sweep needs no word of exports.
func (s *Store) FinishExport(ctx context.Context, f *persistence.FinishedExport) (out persistence.Export, err error) {
	d := s.db.Dialect()
	err = s.db.InTx(ctx, func(tx Conn) error {
		out, err = oneExport(ctx, tx, exportSQL, string(f.ID))
		if err != nil {
			return err
		}
		if err := s.lockUser(ctx, tx, out.UID); err != nil {
			return err
		}
		out, err = oneExport(ctx, tx, exportSQL+d.LockRow, string(f.ID))
		switch {
		case err != nil:
			return err
		case out.State == persistence.ExportReady:
			if out.Key == f.Key {
				return nil
			}
			return s.dropExported(ctx, tx, f.Key, f.At)
		case out.State != persistence.ExportAccepted:
			return exportNotFound()
		case out.Key != f.Key:
			return exportBusy()
		}
		return s.finish(ctx, tx, &out, f)
	})
	if err != nil {
		return persistence.Export{}, err
	}
	return out, nil
}

func (s *Store) finish(ctx context.Context, tx Conn, e *persistence.Export, f *persistence.FinishedExport) error {
	d := s.db.Dialect()
	n, err := tx.Exec(ctx, `UPDATE object SET state = 'dropped', due = $2 WHERE key = $1 AND state = 'pending'`, f.Key, d.Time(f.ExpiresAt))
	if err != nil {
		return err
	}
	if n == 0 {
		return exportBusy()
	}
	if _, err := tx.Exec(ctx, `UPDATE export SET state = 'ready', size = $2, expires_at = $3 WHERE id = $1`,
		string(f.ID), f.Size, d.Time(f.ExpiresAt)); err != nil {
		return err
	}
	e.State, e.Size, e.ExpiresAt = persistence.ExportReady, f.Size, Micros(f.ExpiresAt)
	if err := s.tellOfTask(ctx, tx, e.UID, f.At, f.Event); err != nil {
		return err
	}
	_, err = s.enqueue(ctx, tx, f.At, f.Then...)
	return err
}

// FailExport implements persistence.Exports.
func (s *Store) FailExport(ctx context.Context, id persistence.ExportID, at time.Time, event json.RawMessage) error {
	return s.db.InTx(ctx, func(tx Conn) error {
		e, err := oneExport(ctx, tx, exportSQL+s.db.Dialect().LockRow, string(id))
		if social.CodeOf(err) == social.CodeExportNotFound {
			return nil
		}
		if err != nil || e.State != persistence.ExportAccepted {
			return err
		}
		if err := s.dropExported(ctx, tx, e.Key, at); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE export SET state = 'failed' WHERE id = $1`, string(id)); err != nil {
			return err
		}
		return s.tellOfTask(ctx, tx, e.UID, at, event)
	})
}

// tellOfTask tells a user that a task has ended; nil: nothing is told.
func (s *Store) tellOfTask(ctx context.Context, tx Conn, uid social.UserID, at time.Time, event json.RawMessage) error {
	if event == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO event (uid, kind, data, time) VALUES ($1, $2, $3, $4)`,
		uid, string(social.EventTask), string(event), s.db.Dialect().Time(at))
	return err
}

// PruneExports implements persistence.Pruning.
func (s *Store) PruneExports(ctx context.Context, before time.Time, limit int) (int, error) {
	d := s.db.Dialect()
	n, err := s.db.Exec(ctx, `WITH old AS MATERIALIZED (
			SELECT id FROM export WHERE created_at < $1 ORDER BY created_at LIMIT $2`+d.SkipLocked+`
		) DELETE FROM export WHERE id IN (SELECT id FROM old)`, d.Time(before), limit)
	return int(n), err
}
