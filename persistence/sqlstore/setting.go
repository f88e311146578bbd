package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
)

const settingColumns = `key, value, version, updated_at, updated_by`

func scanSetting(r Row, s *persistence.Setting) error {
	var value string
	if err := r.Scan(&s.Key, &value, &s.Version, ScanTime(&s.UpdatedAt), &s.UpdatedBy); err != nil {
		return err
	}
	s.Value = json.RawMessage(value)
	return nil
}

// Settings implements persistence.Settings.
func (s *Store) Settings(ctx context.Context) ([]persistence.Setting, error) {
	return collect(ctx, s.db, scanSetting, `SELECT `+settingColumns+` FROM setting ORDER BY key`)
}

// PutSetting implements persistence.Settings. The row of the key is what
// concurrent changes queue at, so versions have no gaps.
func (s *Store) PutSetting(
	ctx context.Context, key string, value json.RawMessage, by string, at time.Time,
) (persistence.Setting, error) {
	set := persistence.Setting{Key: key, Value: value, UpdatedAt: Micros(at), UpdatedBy: by}
	err := s.db.InTx(ctx, func(tx Conn) error {
		when := s.db.Dialect().Time(at)
		err := tx.QueryRow(ctx, `INSERT INTO setting (`+settingColumns+`) VALUES ($1, $2, 1, $3, $4)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = setting.version + 1,
				updated_at = excluded.updated_at, updated_by = excluded.updated_by
			RETURNING version`, key, string(value), when, by).Scan(&set.Version)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO setting_log (`+settingColumns+`) VALUES ($1, $2, $3, $4, $5)`,
			key, string(value), set.Version, when, by)
		if err != nil {
			return err
		}
		before := "" // its default
		err = tx.QueryRow(ctx, `SELECT value FROM setting_log WHERE key = $1 AND version = $2`, key, set.Version-1).Scan(&before)
		if err != nil && !errors.Is(err, ErrNoRows) {
			return err
		}
		return s.audit(ctx, tx, &persistence.AuditEntry{At: at, By: by, Action: "setting.put", Target: key, From: before, To: string(value)})
	})
	if err != nil {
		return persistence.Setting{}, err
	}
	return set, nil
}

// SettingLog implements persistence.Settings.
func (s *Store) SettingLog(ctx context.Context, key string, limit int) ([]persistence.Setting, error) {
	return collect(ctx, s.db, scanSetting, `SELECT `+settingColumns+` FROM setting_log
		WHERE key = $1 ORDER BY version DESC LIMIT $2`, key, limit)
}
