//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/scripts/bench/rig"
	"github.com/swiperhq/swiper/scripts/bench/world"
)

// settings are PostgreSQL's while we measure, the same for every design. What
// keeps a commit is as it should be in production; no checkpoint and no clean-up
// falls into a round by itself.
func (b *bench) settings() []string {
	quarter := rig.Memory() / 4 >> 20
	return append([]string{
		"fsync=on", "synchronous_commit=on", "full_page_writes=on",
		fmt.Sprintf("shared_buffers=%dMB", min(max(quarter, 128), 4096)), fmt.Sprintf("effective_cache_size=%dMB", max(3*quarter, 512)),
		"max_connections=200", "random_page_cost=1.1", "max_wal_size=64GB", "checkpoint_timeout=1h", "autovacuum=off",
	}, b.Postgres...)
}

// filling are PostgreSQL's settings while the tables are filled.
func filling() []string {
	return []string{
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
		"shared_buffers=1GB", "max_wal_size=64GB", "checkpoint_timeout=1h", "autovacuum=off", "max_parallel_workers=2",
	}
}

// openDatabase starts PostgreSQL on a copy of a prepared database, which it makes
// if there is none of this shape yet.
func (b *bench) openDatabase(ctx context.Context) error {
	prepared, err := b.prepared(ctx)
	if err != nil {
		return err
	}
	work := filepath.Join(b.dir, "postgres")
	if out, err := exec.CommandContext(ctx, "cp", "-a", "--reflink=auto", prepared, work).CombinedOutput(); err != nil { //nolint:gosec // our own paths
		return fmt.Errorf("copy the prepared database: %w: %s", err, out)
	}
	syscall.Sync()
	b.say("copied the prepared database")
	if b.pg, err = rig.NewPostgres(ctx, work); err != nil {
		return err
	}
	if err := b.pg.Start(ctx, b.settings()); err != nil {
		return err
	}
	b.report.Postgres = b.pg.Version(ctx)
	if b.conn, err = pgx.Connect(ctx, b.pg.URL()); err != nil {
		return err
	}
	// Whoever is measured first finds the tables as warm as whoever is last.
	for _, s := range []string{
		`CREATE EXTENSION IF NOT EXISTS pg_prewarm`,
		`SELECT sum(pg_prewarm(oid)) FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace`,
	} {
		if _, err := b.conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	if b.ledger.rows, err = b.count(ctx); err != nil {
		return err
	}
	b.say("PostgreSQL is up, %d swipes by %d people", b.ledger.rows, b.world.Users)
	return nil
}

func (b *bench) closeDatabase(ctx context.Context) error {
	if b.conn != nil {
		_ = b.conn.Close(context.WithoutCancel(ctx)) // the server ends with it
	}
	if b.pg == nil {
		return nil
	}
	return b.pg.Stop(ctx)
}

// prepared gives the folder of a database that is filled and stopped.
func (b *bench) prepared(ctx context.Context) (string, error) {
	dir, err := filepath.Abs(b.Cache)
	if err != nil {
		return "", err
	}
	shape, err := b.shape()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, shape)
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil {
		return dir, nil
	}
	// One of the same size and another shape is of no use any more.
	former, err := filepath.Glob(filepath.Join(filepath.Dir(dir), fmt.Sprintf("prepared-%d-*", b.world.Users)))
	if err != nil {
		return "", err
	}
	for _, path := range former {
		if err := os.RemoveAll(path); err != nil {
			return "", err
		}
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Dir(dir), 0o755)); err != nil { //nolint:gosec // PostgreSQL's user must pass
		return "", err
	}
	b.say("preparing %d swipes, once for this schema: %s", b.Prefill, dir)
	pg, err := rig.NewPostgres(ctx, dir)
	if err != nil {
		return "", err
	}
	if err := pg.Start(ctx, filling()); err != nil {
		return "", err
	}
	err = errors.Join(b.fill(ctx, pg), pg.Stop(ctx))
	if err != nil {
		return "", err
	}
	b.say("prepared")
	return dir, os.WriteFile(filepath.Join(dir, "complete"), nil, 0o600)
}

func (b *bench) fill(ctx context.Context, pg *rig.Postgres) error {
	out, err := exec.CommandContext(ctx, b.built.Swiper, "migrate", "up", "--database.url", pg.URL(), "--database.allow_unsafe", //nolint:gosec // built by us
		"--data.dir", b.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("migrate: %w: %s", err, out)
	}
	conn, err := pgx.Connect(ctx, pg.URL())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return b.world.Fill(ctx, conn, func(step string, took time.Duration) { b.say("  %s in %.1fs", step, took.Seconds()) })
}

// shape names a database that would be made the same.
func (b *bench) shape() (string, error) {
	h := sha256.New()
	files, err := filepath.Glob(filepath.Join(b.root, "persistence/migrations/postgres/*.sql"))
	if err != nil {
		return "", err
	}
	for _, path := range files {
		text, err := os.ReadFile(path) //nolint:gosec // of our own source
		if err != nil {
			return "", err
		}
		_, _ = h.Write(text) // a hash does not fail
	}
	return fmt.Sprintf("prepared-%d-%s-%s", b.world.Users, world.Layout, strings.ToLower(hex.EncodeToString(h.Sum(nil)[:6]))), nil
}

// count counts the rows of swiped.
func (b *bench) count(ctx context.Context) (n int64, err error) {
	err = b.conn.QueryRow(ctx, `SELECT count(*) FROM swiped`).Scan(&n)
	return n, err
}
