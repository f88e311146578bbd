package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/jobs"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/persistence/sqlite"
	"github.com/swiperhq/swiper/tasks"
)

// database is a store whose schema can be moved and whose tasks can be worked at.
type database interface {
	persistence.Store
	persistence.Migrator
	tasks.Engine
	Dashboard(prefix string, logger *slog.Logger) (*jobs.Dashboard, error)
}

// openDatabase opens the store that s names and, where that is the embedded
// one, keeps other processes away from it. close gives both back. A nil tracer
// traces nothing.
func openDatabase(ctx context.Context, s *config.Settings, logger *slog.Logger, tracer trace.TracerProvider) (db database, closeAll func() error, err error) {
	release, err := s.LockData()
	if err != nil {
		return nil, nil, err
	}
	if path, embedded := s.SQLitePath(); embedded {
		db, err = sqlite.Open(ctx, sqlite.Options{Path: path, Logger: logger})
	} else {
		db, err = postgres.Open(ctx, postgres.Options{
			URL: s.Database.URL, MaxConns: s.Database.MaxConns, AllowUnsafe: s.Database.AllowUnsafe, Logger: logger, TracerProvider: tracer,
		})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open the database: %w", errors.Join(err, release()))
	}
	return db, func() error { return errors.Join(db.Close(), release()) }, nil
}
