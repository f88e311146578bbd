package storetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
)

func migrationCases() []testCase {
	return []testCase{
		{"migration/down to nothing and up again", migrateDownAndUp},
		{"migration/many nodes at once", migrateAtOnce},
	}
}

// migrators wants that the stores can move their schema.
func migrators(t *testing.T, db Database) (a, b persistence.Migrator) {
	t.Helper()
	a, ok := db.A.(persistence.Migrator)
	require.True(t, ok, "a store is a migrator")
	b, ok = db.B.(persistence.Migrator)
	require.True(t, ok, "a store is a migrator")
	return a, b
}

func requireMigrations(t *testing.T, m persistence.Migrator, applied bool) int {
	t.Helper()
	steps, err := m.Migrations(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, steps)
	for i, step := range steps {
		require.NotEmpty(t, step.Name)
		require.Equal(t, applied, !step.AppliedAt.IsZero(), "step %d", step.Version)
		require.True(t, i == 0 || steps[i-1].Version < step.Version, "in order")
	}
	return len(steps)
}

func migrateDownAndUp(t *testing.T, db Database) {
	a, b := migrators(t, db)
	steps := requireMigrations(t, a, true)
	n, err := b.MigrateUp(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "up to date already")
	for range steps {
		n, err := a.MigrateDown(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	n, err = a.MigrateDown(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "nothing is left")
	requireMigrations(t, a, false)

	n, err = b.MigrateUp(t.Context())
	require.NoError(t, err)
	require.Equal(t, steps, n)
	requireMigrations(t, a, true)
	people(t, db.A, 1, 2)
	befriend(t, db.B, 1, 2)
}

func migrateAtOnce(t *testing.T, db Database) {
	a, b := migrators(t, db)
	steps := requireMigrations(t, a, true)
	for range steps {
		_, err := a.MigrateDown(t.Context())
		require.NoError(t, err)
	}
	var done [6]int
	var errs [6]error
	var calls []func()
	for i := range done {
		m := a
		if i%2 == 1 {
			m = b
		}
		calls = append(calls, func() { done[i], errs[i] = m.MigrateUp(background()) })
	}
	together(calls...)
	require.NoError(t, errors.Join(errs[:]...))
	total := 0
	for _, n := range done {
		total += n
	}
	require.Equal(t, steps, total, "each step was applied once: %v", done)
	people(t, db.A, 1, 2)
	befriend(t, db.B, 1, 2)
}
