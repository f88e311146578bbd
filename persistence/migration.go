package persistence

import (
	"context"
	"time"
)

// Migration is one step of the schema.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero: pending
}

// Migrator moves the schema. Steps run under one lock, so that any number of
// nodes may start at once.
type Migrator interface {
	// MigrateUp applies all pending steps and gives how many.
	MigrateUp(ctx context.Context) (int, error)
	// MigrateDown takes back the latest step; 0 when there is none left.
	MigrateDown(ctx context.Context) (int, error)
	// Migrations lists every known step in order.
	Migrations(ctx context.Context) ([]Migration, error)
}
