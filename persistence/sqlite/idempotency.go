package sqlite

import (
	"database/sql"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

const (
	keptSQL = `SELECT digest, response FROM idempotency WHERE uid = $1 AND key = $2 AND time > $3`
	keepSQL = `INSERT INTO idempotency (uid, key, digest, response, time) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (uid, key) DO UPDATE
		SET digest = excluded.digest, response = excluded.response, time = excluded.time`
)

// keptArgs are the parameters of keptSQL.
func keptArgs(uid social.UserID, key persistence.IdempotencyKey, now time.Time) []any {
	return []any{int64(uid), key.Key, sqlstore.KeyCutoff(now).UnixMicro()}
}

// keepArgs are the parameters of keepSQL.
func keepArgs(uid social.UserID, key persistence.IdempotencyKey, response string, now time.Time) []any {
	return []any{int64(uid), key.Key, key.Digest, response, now.UnixMicro()}
}

// keptOf reads the row of keptSQL; nil if there is none.
func keptOf(row sqlstore.Row) (*sqlstore.Kept, error) {
	var k sqlstore.Kept
	err := row.Scan(&k.Digest, &k.Response)
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, sqlstore.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &k, nil
}
