package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/jobs"
	"github.com/swiperhq/swiper/persistence/migrations"
	"github.com/swiperhq/swiper/persistence/sqlstore"
)

// Options say where the database is.
type Options struct {
	// Path is the database file, made if missing; its folder must exist. Two more
	// files grow beside it, and one that migrations lock.
	Path string
	// Logger takes warnings; nil: none.
	Logger *slog.Logger
}

const (
	driverName = "sqlite"
	readers    = 4
	// fileMode keeps what people wrote and did from other users of the machine;
	// SQLite gives the files beside it the same.
	fileMode = 0o600
)

// Store is persistence.Store and persistence.Migrator on SQLite.
type Store struct {
	*sqlstore.Store
	migrations.Migrator

	db   *db
	path string

	preparing sync.Mutex
	prepared  *statements // of the swipe batch; nil until the first
}

var (
	_ persistence.Store    = (*Store)(nil)
	_ persistence.Migrator = (*Store)(nil)
)

// Open opens or makes the file. It does not migrate.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	file, err := os.OpenFile(o.Path, os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	d, err := openPools(o.Path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := checkMode(ctx, d, o); err != nil {
		return nil, errors.Join(err, d.close()) //nolint:contextcheck // the pools close also when ctx has ended
	}
	s := &Store{Store: sqlstore.New(d), db: d, path: o.Path}
	s.Migrator = migrations.NewMigrator(s.migrate)
	return s, nil
}

// Close waits for running calls and closes the file.
func (s *Store) Close() error {
	if err := s.db.close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// openPools makes the writer, one connection whose transactions take the write
// lock at once, and the readers. FULL makes a commit durable before it returns.
func openPools(path string) (*db, error) {
	write, err := openPool(path, 1, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-65536)"},
	})
	if err != nil {
		return nil, err
	}
	read, err := openPool(path, readers, url.Values{
		"_pragma": {"busy_timeout(5000)", "query_only(1)", "cache_size(-16384)"},
	})
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	queue, err := jobs.New(riversqlite.New(write))
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	return &db{write: write, read: read, jobs: queue}, nil
}

func openPool(path string, conns int, params url.Values) (*sql.DB, error) {
	pool, err := sql.Open(driverName, "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+params.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}

// checkMode makes the first connection and sees to it that the file really has
// a write-ahead log: readers would otherwise wait for the writer.
func checkMode(ctx context.Context, d *db, o Options) error {
	var mode string
	if err := d.write.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		return fmt.Errorf("open database: %w", translate(ctx, err))
	}
	if mode != "wal" {
		o.Logger.LogAttrs(ctx, slog.LevelWarn, "database has no write-ahead log; its file system may not support one",
			slog.String("path", o.Path), slog.String("journal_mode", mode))
	}
	return nil
}
