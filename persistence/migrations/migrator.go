package migrations

import (
	"context"

	"github.com/swiperhq/swiper/persistence"
)

// Migrator is persistence.Migrator for an engine that brings its lock.
type Migrator struct {
	locked func(ctx context.Context, f func(*Steps) error) error
}

var _ persistence.Migrator = Migrator{}

// NewMigrator takes what runs f on the engine's steps while no other node steps.
func NewMigrator(locked func(ctx context.Context, f func(*Steps) error) error) Migrator {
	return Migrator{locked}
}

// MigrateUp implements persistence.Migrator.
func (m Migrator) MigrateUp(ctx context.Context) (n int, err error) {
	err = m.locked(ctx, func(steps *Steps) (err error) {
		n, err = steps.Up(ctx)
		return err
	})
	return n, err
}

// MigrateDown implements persistence.Migrator.
func (m Migrator) MigrateDown(ctx context.Context) (n int, err error) {
	err = m.locked(ctx, func(steps *Steps) (err error) {
		n, err = steps.Down(ctx)
		return err
	})
	return n, err
}

// Migrations implements persistence.Migrator.
func (m Migrator) Migrations(ctx context.Context) (list []persistence.Migration, err error) {
	err = m.locked(ctx, func(steps *Steps) (err error) {
		list, err = steps.List(ctx)
		return err
	})
	return list, err
}
