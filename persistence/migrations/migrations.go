package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/swiperhq/swiper/persistence"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Engine names a folder of steps.
type Engine string

// The engines.
const (
	Postgres Engine = "postgres"
	SQLite   Engine = "sqlite"
)

func (e Engine) dialect() goose.Dialect {
	if e == Postgres {
		return goose.DialectPostgres
	}
	return goose.DialectSQLite3
}

// Steps moves one database. Its methods lock nothing: the caller holds what
// keeps other nodes away.
type Steps struct {
	provider *goose.Provider
	names    map[int64]string // of steps that have no file
}

// For gives the steps of engine e for db. Closing db is the caller's business.
func For(e Engine, db *sql.DB) (*Steps, error) {
	folder, err := fs.Sub(files, string(e))
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", e, err)
	}
	river, err := riverMigrations(e)
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(e.dialect(), db, folder, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(river...))
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", e, err)
	}
	names := map[int64]string{}
	for _, step := range e.riverSteps() {
		names[step.version] = step.name()
	}
	return &Steps{provider: p, names: names}, nil
}

// Up applies all pending steps, each in its own transaction, and gives how many.
func (s *Steps) Up(ctx context.Context) (int, error) {
	done, err := s.provider.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate up: %w", err)
	}
	return len(done), nil
}

// Down takes back the latest step; 0 when there is none left.
func (s *Steps) Down(ctx context.Context) (int, error) {
	_, err := s.provider.Down(ctx)
	if errors.Is(err, goose.ErrNoNextVersion) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("migrate down: %w", err)
	}
	return 1, nil
}

// List gives every known step in order.
func (s *Steps) List(ctx context.Context) ([]persistence.Migration, error) {
	status, err := s.provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	out := make([]persistence.Migration, len(status))
	for i, st := range status {
		out[i] = persistence.Migration{Version: st.Source.Version, Name: cmp.Or(st.Source.Path, s.names[st.Source.Version])}
		if st.State == goose.StateApplied {
			out[i].AppliedAt = st.AppliedAt.UTC()
		}
	}
	return out, nil
}
