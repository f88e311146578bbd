package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/swiperhq/swiper/persistence/migrations"
)

// unlockTimeout bounds the release of the lock when the caller's context has ended.
const unlockTimeout = 5 * time.Second

// migrate runs f while one session holds the migration lock of the schema,
// which it creates if need be. Its connections are its own: a step may wait
// longer than the pool's would.
func (s *Store) migrate(ctx context.Context, f func(*migrations.Steps) error) (err error) {
	conf := s.conf.Copy()
	for _, timeout := range []string{"lock_timeout", "idle_in_transaction_session_timeout"} {
		conf.RuntimeParams[timeout] = "0"
	}
	handle := stdlib.OpenDB(*conf)
	defer func() { err = errors.Join(err, handle.Close()) }()
	holder, err := handle.Conn(ctx)
	if err != nil {
		return translate(ctx, err)
	}
	defer func() { err = errors.Join(err, s.unlock(ctx, holder)) }()
	if _, err := holder.ExecContext(ctx, `SELECT pg_advisory_lock($1, $2)`, s.namespace, migrationLock); err != nil {
		return translate(ctx, err)
	}
	if err := s.ensureSchema(ctx, holder); err != nil {
		return translate(ctx, err)
	}
	steps, err := migrations.For(migrations.Postgres, handle)
	if err != nil {
		return err
	}
	return translate(ctx, f(steps))
}

// ensureSchema looks first: CREATE SCHEMA IF NOT EXISTS asks for the right to
// create even where there is nothing to do.
func (s *Store) ensureSchema(ctx context.Context, holder *sql.Conn) error {
	var exists bool
	err := holder.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)`, s.schema).
		Scan(&exists)
	if err != nil || exists {
		return err
	}
	_, err = holder.ExecContext(ctx, `CREATE SCHEMA `+pgx.Identifier{s.schema}.Sanitize())
	return err
}

// unlock lets go of the migration lock; ending the session would as well, later.
func (s *Store) unlock(ctx context.Context, holder *sql.Conn) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTimeout)
	defer cancel()
	_, err := holder.ExecContext(ctx, `SELECT pg_advisory_unlock($1, $2)`, s.namespace, migrationLock)
	if err = errors.Join(err, holder.Close()); err != nil {
		return fmt.Errorf("release the migration lock: %w", err)
	}
	return nil
}
