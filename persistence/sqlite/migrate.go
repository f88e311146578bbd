package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"

	"github.com/swiperhq/swiper/persistence/migrations"
)

const (
	lockSuffix = ".migrate"
	lockRetry  = 50 * time.Millisecond
)

// migrate runs f on the writer while a lock file beside the database is held.
// The file stays: to delete it would let two hold it.
func (s *Store) migrate(ctx context.Context, f func(*migrations.Steps) error) (err error) {
	lock := flock.New(s.path+lockSuffix, flock.SetPermissions(fileMode))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return translate(ctx, fmt.Errorf("lock migrations: %w", err))
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	steps, err := migrations.For(migrations.SQLite, s.db.write)
	if err != nil {
		return err
	}
	return translate(ctx, f(steps))
}
