package sqlstore

import (
	"context"
	"errors"

	"github.com/swiperhq/swiper/social"
)

// userColumns are the columns that scanUser reads, of the table alias u.
const userColumns = `u.id, u.nickname, u.sex, u.birthday, u.location, u.bio, u.avatar, u.avatar_blurhash, u.dating_sex,
	u.min_dating_age, u.max_dating_age, u.last_active_at, u.created_at`

// scanUser reads userColumns and whatever columns follow.
func scanUser(r Row, u *social.User, more ...any) error {
	return r.Scan(append([]any{
		&u.ID, &u.Nickname, &u.Sex, ScanDate(&u.Birthday), &u.Location, &u.Bio, &u.Avatar, &u.AvatarBlurHash, &u.DatingSex,
		&u.MinDatingAge, &u.MaxDatingAge, ScanTime(&u.LastActiveAt), ScanTime(&u.CreatedAt),
	}, more...)...)
}

func scanUserOnly(r Row, u *social.User) error { return scanUser(r, u) }

const userSQL = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL`

// User implements persistence.Users.
func (s *Store) User(ctx context.Context, id social.UserID) (social.User, error) {
	return s.user(ctx, s.db, userSQL, id)
}

func (s *Store) user(ctx context.Context, c Conn, query string, id social.UserID) (social.User, error) {
	var u social.User
	err := scanUser(c.QueryRow(ctx, query, id), &u)
	if errors.Is(err, ErrNoRows) {
		return social.User{}, unknownUser()
	}
	return u, err
}

func unknownUser() error { return social.Errorf(social.CodeUserNotFound, "There is no such user.") }

// UpdateProfile implements persistence.Users.
func (s *Store) UpdateProfile(
	ctx context.Context, id social.UserID, patch social.ProfilePatch, today social.Date,
) (social.User, error) {
	var after social.User
	err := s.db.InTx(ctx, func(tx Conn) error {
		before, err := s.user(ctx, tx, userSQL+s.db.Dialect().LockRow, id)
		if err != nil {
			return err
		}
		if after, err = patch.Apply(before, today); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE users SET nickname = $2, sex = $3, birthday = $4, location = $5, bio = $6,
			dating_sex = $7, min_dating_age = $8, max_dating_age = $9 WHERE id = $1`,
			id, after.Nickname, string(after.Sex), s.db.Dialect().Date(after.Birthday), after.Location, after.Bio,
			string(after.DatingSex), after.MinDatingAge, after.MaxDatingAge)
		return err
	})
	if err != nil {
		return social.User{}, err
	}
	return after, nil
}

// CountUsers implements persistence.Users.
func (s *Store) CountUsers(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM users`).Scan(&n)
	return n, err
}
