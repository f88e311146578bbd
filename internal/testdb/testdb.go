// Package testdb gives tests a place of their own in the databases that the
// environment names: TEST_DATABASE_URL and TEST_REDIS_URL. Without a variable
// the test is skipped with a line that says so; where CI is "true" it fails
// instead, so that no pipeline passes by skipping. scripts/testdb sets both.
//
// It knows no store and no schema: what stands in the database is the test's.
package testdb

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// timeout bounds the making and the dropping of a schema.
const timeout = 30 * time.Second

// Postgres gives a database URL and an empty schema in it that belongs to the
// test alone; the schema is dropped when the test has ended. The URL does not
// name the schema.
func Postgres(tb testing.TB) (url, schema string) {
	tb.Helper()
	url = variable(tb, "TEST_DATABASE_URL", "PostgreSQL")
	schema = "test_" + strings.ToLower(rand.Text())
	name := pgx.Identifier{schema}.Sanitize()
	Exec(tb, url, "CREATE SCHEMA "+name)
	tb.Cleanup(func() { Exec(tb, url, "DROP SCHEMA IF EXISTS "+name+" CASCADE") })
	return url, schema
}

// Exec runs one statement on a connection of its own, also in a test's cleanup.
func Exec(tb testing.TB, url, statement string, args ...any) {
	tb.Helper()
	// Not the test's context: it has ended when cleanups run.
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(tb, err)
	defer conn.Close(ctx) //nolint:errcheck // the statement's error is the one that counts
	_, err = conn.Exec(ctx, statement, args...)
	require.NoError(tb, err, statement)
}

// Redis gives the URL of a Redis that tests share: keys and topics must be the
// test's own.
func Redis(tb testing.TB) (url string) {
	tb.Helper()
	return variable(tb, "TEST_REDIS_URL", "Redis")
}

func variable(tb testing.TB, name, what string) string {
	tb.Helper()
	value := os.Getenv(name)
	if value == "" && os.Getenv("CI") == "true" {
		tb.Fatalf("%s must be set in CI: the tests against %s do not run without it", name, what)
	}
	if value == "" {
		tb.Skipf("skipped: %s is not set, so nothing was tested against %s", name, what)
	}
	return value
}
