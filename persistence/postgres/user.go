package postgres

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/social"
)

// InsertUsers implements persistence.Users by COPY in one transaction.
func (s *Store) InsertUsers(ctx context.Context, users iter.Seq[social.User]) (int64, error) {
	next, stop := iter.Pull(users)
	defer stop()
	var n int64
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
		n, err = tx.CopyFrom(ctx, pgx.Identifier{"users"}, []string{
			"id", "nickname", "sex", "birthday", "location", "bio", "avatar", "dating_sex",
			"min_dating_age", "max_dating_age", "last_active_at", "created_at",
		}, pgx.CopyFromFunc(func() ([]any, error) {
			u, ok := next()
			if !ok {
				return nil, nil
			}
			return []any{
				int64(u.ID), u.Nickname, string(u.Sex), date(u.Birthday), u.Location, u.Bio, u.Avatar,
				string(u.DatingSex), u.MinDatingAge, u.MaxDatingAge, u.LastActiveAt, u.CreatedAt,
			}, nil
		}))
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `SELECT setval(pg_get_serial_sequence('users', 'id'), max(id)) FROM users`)
		return err
	})
	if err != nil {
		return 0, translate(ctx, err)
	}
	return n, nil
}
