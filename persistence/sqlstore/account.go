package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const byPhoneSQL = `SELECT id FROM users WHERE phone_index = $1 AND deleted_at IS NULL`

// SignIn implements persistence.Accounts. Most who sign in have an account
// under the current key: one look-up. The rest queue at a lock of the number,
// which keeps ids dense and two nodes that take a new key into use at once from
// making two users; the unique index stands behind it.
func (s *Store) SignIn(
	ctx context.Context, phone persistence.SealedPhone, former [][]byte, at time.Time,
) (uid social.UserID, created bool, err error) {
	uid, err = userOfPhone(ctx, s.db, phone.Index)
	if err != nil || uid != 0 {
		return uid, false, err
	}
	err = s.db.InTx(ctx, func(tx Conn) error {
		if err := s.db.Dialect().LockKey(ctx, tx, leastOf(phone.Index, former)); err != nil {
			return err
		}
		uid, err = moveAccount(ctx, tx, phone, former)
		if err != nil || uid != 0 {
			return err
		}
		uid, err = s.returned(ctx, tx, phone, former)
		if err != nil || uid != 0 {
			return err
		}
		when := s.db.Dialect().Time(at)
		err = tx.QueryRow(ctx, `INSERT INTO users (phone, phone_index, last_active_at, created_at)
			VALUES ($1, $2, $3, $3)
			ON CONFLICT (phone_index) WHERE phone_index IS NOT NULL AND deleted_at IS NULL DO NOTHING
			RETURNING id`, phone.Sealed, phone.Index, when).Scan(&uid)
		if errors.Is(err, ErrNoRows) { // by a node that knows none of the former keys
			uid, err = userOfPhone(ctx, tx, phone.Index)
			return err
		}
		created = err == nil
		return err
	})
	if err != nil {
		return 0, false, err
	}
	return uid, created, nil
}

// userOfPhone gives the user whose number has the index; 0: none.
func userOfPhone(ctx context.Context, c Conn, index []byte) (social.UserID, error) {
	var uid social.UserID
	err := c.QueryRow(ctx, byPhoneSQL, index).Scan(&uid)
	if errors.Is(err, ErrNoRows) {
		return 0, nil
	}
	return uid, err
}

// moveAccount gives the user of the number, moved to its current index; 0: none.
func moveAccount(ctx context.Context, tx Conn, phone persistence.SealedPhone, former [][]byte) (social.UserID, error) {
	uid, err := userOfPhone(ctx, tx, phone.Index)
	if err != nil || uid != 0 {
		return uid, err
	}
	for _, index := range former {
		uid, err := userOfPhone(ctx, tx, index)
		if err != nil {
			return 0, err
		}
		if uid != 0 {
			_, err := tx.Exec(ctx, `UPDATE users SET phone = $2, phone_index = $3 WHERE id = $1`, uid, phone.Sealed, phone.Index)
			return uid, err
		}
	}
	return 0, nil
}

// leastOf gives the one of the indexes that all nodes pick which know the same
// keys, whichever of them is the current one.
func leastOf(index []byte, others [][]byte) []byte {
	for _, other := range others {
		if bytes.Compare(other, index) < 0 {
			index = other
		}
	}
	return index
}

// SealedPhone implements persistence.Accounts.
func (s *Store) SealedPhone(ctx context.Context, uid social.UserID) ([]byte, error) {
	var sealed []byte
	err := s.db.QueryRow(ctx, `SELECT phone FROM users WHERE id = $1 AND deleted_at IS NULL`, uid).Scan(&sealed)
	if errors.Is(err, ErrNoRows) {
		return nil, unknownUser()
	}
	return sealed, err
}
