package sqlite

import (
	"context"
	"database/sql"
	"iter"
	"strings"

	"github.com/swiperhq/swiper/social"
)

const (
	userColumns = 12
	// rowsPerInsert keeps a statement's parameters few enough to bind quickly.
	rowsPerInsert = 20
)

func insertUsersSQL(rows int) string {
	row := `(` + strings.Repeat(`?, `, userColumns-1) + `?)`
	return `INSERT INTO users (id, nickname, sex, birthday, location, bio, avatar, dating_sex,
		min_dating_age, max_dating_age, last_active_at, created_at) VALUES ` +
		strings.Repeat(row+`, `, rows-1) + row
}

// InsertUsers implements persistence.Users in one transaction.
func (s *Store) InsertUsers(ctx context.Context, users iter.Seq[social.User]) (int64, error) {
	var n int64
	err := s.db.inTx(ctx, func(tx *sql.Tx) error {
		many, err := tx.PrepareContext(ctx, insertUsersSQL(rowsPerInsert)) //nolint:sqlclosecheck // it is, below
		if err != nil {
			return err
		}
		defer many.Close() //nolint:errcheck // ends with the transaction
		args := make([]any, 0, rowsPerInsert*userColumns)
		for u := range users {
			n++
			args = append(args, int64(u.ID), u.Nickname, string(u.Sex), date(u.Birthday), u.Location, u.Bio, u.Avatar,
				string(u.DatingSex), u.MinDatingAge, u.MaxDatingAge, u.LastActiveAt.UnixMicro(), u.CreatedAt.UnixMicro())
			if len(args) < cap(args) {
				continue
			}
			if _, err := many.ExecContext(ctx, args...); err != nil {
				return err
			}
			args = args[:0]
		}
		if len(args) == 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, insertUsersSQL(len(args)/userColumns), args...)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
