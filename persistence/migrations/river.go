package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// riverStep moves the queue's own schema. River's migrator takes no lock and
// keeps its own books; as one of our steps it is under our lock, in our list and
// taken back in its turn. A later release of River that comes with versions of
// its own gets a step of its own.
type riverStep struct {
	version     int64 // of ours
	first, last int   // of River's
}

func (e Engine) riverSteps() []riverStep {
	if e == Postgres {
		return []riverStep{{6, 1, 5}, {7, 6, 8}} // a value added to an enumeration is of use only after the commit
	}
	return []riverStep{{4, 1, 8}}
}

func (s riverStep) name() string {
	return fmt.Sprintf("%05d_river_%d_to_%d.go", s.version, s.first, s.last)
}

// riverMigrations gives the steps of River's for e.
func riverMigrations(e Engine) ([]*goose.Migration, error) {
	var known []rivermigrate.Migration
	var err error
	if e == Postgres {
		known, err = riverVersions(riverpgxv5.New(nil))
	} else {
		known, err = riverVersions(riversqlite.New(nil))
	}
	if err != nil {
		return nil, err
	}
	var out []*goose.Migration
	for _, step := range e.riverSteps() {
		versions := known[step.first-1 : step.last]
		out = append(out, goose.NewGoMigration(step.version,
			&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return riverUp(ctx, tx, versions) }},
			&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return riverDown(ctx, tx, versions) }}))
	}
	return out, nil
}

func riverVersions[Tx any](driver riverdriver.Driver[Tx]) ([]rivermigrate.Migration, error) {
	m, err := rivermigrate.New(driver, nil)
	if err != nil {
		return nil, fmt.Errorf("migrations of the queue: %w", err)
	}
	all := m.AllVersions()
	for i := range all {
		if all[i].Version != i+1 {
			return nil, fmt.Errorf("migrations of the queue: version %d is missing", i+1)
		}
	}
	return all, nil
}

// riverTemplate stands before each table's name in River's SQL; ours are in the
// search path.
const riverTemplate = "/* TEMPLATE: schema */"

func riverUp(ctx context.Context, tx *sql.Tx, versions []rivermigrate.Migration) error {
	for _, v := range versions {
		if _, err := tx.ExecContext(ctx, strings.ReplaceAll(v.SQLUp, riverTemplate, "")); err != nil {
			return fmt.Errorf("the queue's version %d: %w", v.Version, err)
		}
	}
	for _, v := range versions { // what River's own tools look at
		if _, err := tx.ExecContext(ctx, `INSERT INTO river_migration (line, version) VALUES ('main', $1)`, v.Version); err != nil {
			return fmt.Errorf("the queue's version %d: %w", v.Version, err)
		}
	}
	return nil
}

func riverDown(ctx context.Context, tx *sql.Tx, versions []rivermigrate.Migration) error {
	for _, v := range versions {
		if _, err := tx.ExecContext(ctx, `DELETE FROM river_migration WHERE version = $1`, v.Version); err != nil {
			return fmt.Errorf("the queue's version %d: %w", v.Version, err)
		}
	}
	for _, v := range slices.Backward(versions) {
		if _, err := tx.ExecContext(ctx, strings.ReplaceAll(v.SQLDown, riverTemplate, "")); err != nil {
			return fmt.Errorf("the queue's version %d: %w", v.Version, err)
		}
	}
	return nil
}
