package sqlstore

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	sessionColumns = `id, uid, generation, secret, created_at, used_at, expires_at, revoked_at`
	sessionSQL     = `SELECT ` + sessionColumns + ` FROM session WHERE id = $1`
	revokeSQL      = `UPDATE session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`
)

func scanSession(r Row, s *persistence.Session) error {
	return r.Scan(&s.ID, &s.UID, &s.Generation, &s.Secret,
		ScanTime(&s.CreatedAt), ScanTime(&s.UsedAt), ScanTime(&s.ExpiresAt), ScanTime(&s.RevokedAt))
}

func unauthenticated() error {
	return social.Errorf(social.CodeUnauthenticated, "This session has ended. Log in again.")
}

// CreateSession implements persistence.Sessions. The user's row is what logins
// of one user queue at, so the bound holds whatever their number.
func (s *Store) CreateSession(ctx context.Context, n persistence.Session) (ended []string, err error) {
	d := s.db.Dialect()
	err = s.db.InTx(ctx, func(tx Conn) error {
		suspended, err := s.suspendedAt(ctx, tx, suspendedSQL+d.LockRow, n.UID)
		if err != nil {
			return err
		}
		if !suspended.IsZero() {
			return social.Errorf(social.CodeAccountSuspended, "This account is suspended.")
		}
		ended, err = collect(ctx, tx, scanOne[string], `UPDATE session SET revoked_at = $2 WHERE id IN (
				SELECT id FROM session WHERE uid = $1 AND revoked_at IS NULL AND expires_at > $2
				ORDER BY used_at DESC, id LIMIT $4 OFFSET $3)
			RETURNING id`, n.UID, d.Time(n.CreatedAt), persistence.MaxSessions-1, persistence.MaxSessions)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO session (id, uid, generation, secret, created_at, used_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			n.ID, n.UID, n.Generation, n.Secret, d.Time(n.CreatedAt), d.Time(n.UsedAt), d.Time(n.ExpiresAt))
		return err
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// Session implements persistence.Sessions.
func (s *Store) Session(ctx context.Context, id string) (persistence.Session, error) {
	return readSession(ctx, s.db, sessionSQL, id)
}

func readSession(ctx context.Context, c Conn, query, id string) (persistence.Session, error) {
	var session persistence.Session
	err := scanSession(c.QueryRow(ctx, query, id), &session)
	if errors.Is(err, ErrNoRows) {
		return persistence.Session{}, unauthenticated()
	}
	if err != nil {
		return persistence.Session{}, err
	}
	return session, nil
}

// RotateSession implements persistence.Sessions. The session's row is what
// calls with one token queue at.
func (s *Store) RotateSession(
	ctx context.Context, id string, generation int64, old, next []byte, at, expires time.Time,
) (persistence.Session, error) {
	d := s.db.Dialect()
	var rotated persistence.Session
	var refused error
	err := s.db.InTx(ctx, func(tx Conn) error {
		now, err := readSession(ctx, tx, sessionSQL+d.LockRow, id)
		if err != nil {
			return err
		}
		switch {
		case !now.RevokedAt.IsZero() || !now.ExpiresAt.After(at):
			return unauthenticated()
		case generation < now.Generation:
			// The revocation is committed, and so the refusal must not undo it.
			refused = unauthenticated()
			_, err := tx.Exec(ctx, revokeSQL, id, d.Time(at))
			return err
		case generation > now.Generation || subtle.ConstantTimeCompare(old, now.Secret) != 1:
			return unauthenticated()
		}
		rotated = now
		rotated.Generation, rotated.Secret = now.Generation+1, next
		rotated.UsedAt, rotated.ExpiresAt = Micros(at), Micros(expires)
		_, err = tx.Exec(ctx, `UPDATE session SET generation = $2, secret = $3, used_at = $4, expires_at = $5 WHERE id = $1`,
			id, rotated.Generation, next, d.Time(at), d.Time(expires))
		return err
	})
	switch {
	case err != nil:
		return persistence.Session{}, err
	case refused != nil:
		return persistence.Session{}, refused
	}
	return rotated, nil
}

// RevokeSession implements persistence.Sessions.
func (s *Store) RevokeSession(ctx context.Context, id string, at time.Time) error {
	_, err := s.db.Exec(ctx, revokeSQL, id, s.db.Dialect().Time(at))
	return err
}
