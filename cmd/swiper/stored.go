package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/social"
)

// inspectStored answers from the database what a server's operators' listener
// would: the same handler is asked in memory, with no actor behind it.
func inspectStored(ctx context.Context, s *config.Settings, uid social.UserID, logger *slog.Logger) (text []byte, err error) {
	if path, embedded := s.SQLitePath(); embedded {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("open the database: %w", err)
		}
	}
	db, closeDB, err := openDatabase(ctx, s, logger, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeDB()) }()
	tunables := config.NewTunables(config.TunablesOptions{Store: db, Logger: logger})
	if err := tunables.Refresh(ctx); err != nil {
		return nil, err
	}
	handler, err := admin.New(admin.Options{
		Listen: "127.0.0.1:0", Store: db, Signals: db, Settings: tunables, Actors: nobodyLive{}, Rules: tunables.Rules,
		Tokens: accounts.NewTokens(nil, time.Now), Gatherer: prometheus.NewRegistry(), Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1"+inspectPath(uid), nil)
	if err != nil {
		return nil, err
	}
	answer := memoryWriter{header: http.Header{}, status: http.StatusOK}
	handler.ServeHTTP(&answer, req)
	return inspected(answer.status, answer.body.Bytes())
}

// nobodyLive is a system without actors.
type nobodyLive struct{}

func (nobodyLive) Inspect(context.Context, social.UserID) (*actors.LiveUser, error) { return nil, nil }

// memoryWriter keeps an answer.
type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *memoryWriter) Header() http.Header         { return w.header }
func (w *memoryWriter) WriteHeader(status int)      { w.status = status }
func (w *memoryWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
