package sqlstore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// SwipesOf implements persistence.Operators. Like RecentSwipes it sorts all of
// the user's swipes.
func (s *Store) SwipesOf(ctx context.Context, uid social.UserID, before int64, limit int) ([]persistence.PastSwipe, error) {
	return collect(ctx, s.db, scanPastSwipe,
		`SELECT seq, sid, mark, time FROM swiped WHERE uid = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`, uid, orLatest(before), limit)
}

func scanPastSwipe(r Row, p *persistence.PastSwipe) error {
	return r.Scan(&p.Seq, &p.SID, &p.Mark, ScanTime(&p.Time))
}

// RewindsOf implements persistence.Operators.
func (s *Store) RewindsOf(ctx context.Context, uid social.UserID, before int64, limit int) ([]persistence.PastRewind, error) {
	return collect(ctx, s.db, func(r Row, p *persistence.PastRewind) error {
		return r.Scan(&p.ID, &p.SID, &p.Mark, ScanTime(&p.SwipedAt), ScanTime(&p.RewoundAt))
	}, `SELECT id, sid, mark, swiped_at, rewound_at FROM rewound WHERE uid = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
		uid, orLatest(before), limit)
}

// SessionsOf implements persistence.Operators.
func (s *Store) SessionsOf(ctx context.Context, uid social.UserID, limit int) ([]persistence.Session, error) {
	sessions, err := collect(ctx, s.db, func(r Row, n *persistence.Session) error { return scanSession(r, n) },
		`SELECT `+sessionColumns+` FROM session WHERE uid = $1 ORDER BY created_at DESC, id LIMIT $2`, uid, limit)
	for i := range sessions {
		sessions[i].Secret = nil
	}
	return sessions, err
}

// endSessions ends all that stand of a user whose row the transaction holds, so
// that no login slips in between.
func (s *Store) endSessions(ctx context.Context, tx Conn, uid social.UserID, at time.Time) ([]string, error) {
	return collect(ctx, tx, scanOne[string], `UPDATE session SET revoked_at = $2
		WHERE uid = $1 AND revoked_at IS NULL AND expires_at > $2 RETURNING id`, uid, s.db.Dialect().Time(at))
}

// EndSessions implements persistence.Operators.
func (s *Store) EndSessions(ctx context.Context, uid social.UserID, c persistence.Change) (ended []string, err error) {
	err = s.db.InTx(ctx, func(tx Conn) error {
		if _, err := s.user(ctx, tx, userSQL+s.db.Dialect().LockRow, uid); err != nil {
			return err
		}
		if ended, err = s.endSessions(ctx, tx, uid, c.At); err != nil {
			return err
		}
		return s.audit(ctx, tx, entryOf(c, "user.logout", uid, sessionCount(ended), sessionCount(nil)))
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// ResetQuota implements persistence.Operators. It keeps the row, which charges
// that are under way wait for.
func (s *Store) ResetQuota(ctx context.Context, uid social.UserID, day social.Date, action social.Action, c persistence.Change) error {
	d := s.db.Dialect()
	return s.db.InTx(ctx, func(tx Conn) error {
		if _, err := s.user(ctx, tx, userSQL, uid); err != nil {
			return err
		}
		var used int
		err := tx.QueryRow(ctx, `SELECT used FROM quota WHERE uid = $1 AND day = $2 AND action = $3`+d.LockRow,
			uid, d.Date(day), string(action)).Scan(&used)
		if err != nil && !errors.Is(err, ErrNoRows) {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE quota SET used = 0 WHERE uid = $1 AND day = $2 AND action = $3`, uid, d.Date(day), string(action))
		if err != nil {
			return err
		}
		before := string(action) + ": " + strconv.Itoa(used) + " used on " + day.String()
		return s.audit(ctx, tx, entryOf(c, "quota.reset", uid, before, string(action)+": 0 used"))
	})
}

const suspendedSQL = `SELECT suspended_at FROM users WHERE id = $1 AND deleted_at IS NULL`

func (s *Store) suspendedAt(ctx context.Context, c Conn, query string, uid social.UserID) (at time.Time, err error) {
	err = c.QueryRow(ctx, query, uid).Scan(ScanTime(&at))
	if errors.Is(err, ErrNoRows) {
		return time.Time{}, unknownUser()
	}
	return at, err
}

// SuspendedAt implements persistence.Operators.
func (s *Store) SuspendedAt(ctx context.Context, uid social.UserID) (time.Time, error) {
	return s.suspendedAt(ctx, s.db, suspendedSQL, uid)
}

// SuspendUser implements persistence.Operators. The user's row is what logins
// queue at: one that comes first is ended here, one that comes later is refused.
func (s *Store) SuspendUser(ctx context.Context, uid social.UserID, c persistence.Change) (ended []string, err error) {
	d := s.db.Dialect()
	err = s.db.InTx(ctx, func(tx Conn) error {
		since, err := s.suspendedAt(ctx, tx, suspendedSQL+d.LockRow, uid)
		if err != nil || !since.IsZero() {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET suspended_at = $2, suspended = true WHERE id = $1`, uid, d.Time(c.At)); err != nil {
			return err
		}
		if ended, err = s.endSessions(ctx, tx, uid, c.At); err != nil {
			return err
		}
		return s.audit(ctx, tx, entryOf(c, "user.suspend", uid, sessionCount(ended), "suspended"))
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// UnsuspendUser implements persistence.Operators.
func (s *Store) UnsuspendUser(ctx context.Context, uid social.UserID, c persistence.Change) error {
	return s.db.InTx(ctx, func(tx Conn) error {
		since, err := s.suspendedAt(ctx, tx, suspendedSQL+s.db.Dialect().LockRow, uid)
		if err != nil || since.IsZero() {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET suspended_at = NULL, suspended = false WHERE id = $1`, uid); err != nil {
			return err
		}
		return s.audit(ctx, tx, entryOf(c, "user.unsuspend", uid, "suspended since "+since.Format(time.RFC3339), ""))
	})
}

func sessionCount(ids []string) string { return strconv.Itoa(len(ids)) + " sessions" }

func entryOf(c persistence.Change, action string, uid social.UserID, from, to string) *persistence.AuditEntry {
	return &persistence.AuditEntry{
		At: c.At, By: c.By, Action: action, Target: "user " + strconv.FormatInt(int64(uid), 10), From: from, To: to,
	}
}
