package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/migrations"
)

const (
	lockSuffix = ".migrate"
	lockRetry  = 50 * time.Millisecond
)

// MigrateUp implements persistence.Migrator.
func (s *Store) MigrateUp(ctx context.Context) (n int, err error) {
	err = s.migrate(ctx, func(steps *migrations.Steps) (err error) {
		n, err = steps.Up(ctx)
		return err
	})
	return n, err
}

// MigrateDown implements persistence.Migrator.
func (s *Store) MigrateDown(ctx context.Context) (n int, err error) {
	err = s.migrate(ctx, func(steps *migrations.Steps) (err error) {
		n, err = steps.Down(ctx)
		return err
	})
	return n, err
}

// Migrations implements persistence.Migrator.
func (s *Store) Migrations(ctx context.Context) (list []persistence.Migration, err error) {
	err = s.migrate(ctx, func(steps *migrations.Steps) (err error) {
		list, err = steps.List(ctx)
		return err
	})
	return list, err
}

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
