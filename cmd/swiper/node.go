package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/trace"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/hot"
	"github.com/swiperhq/swiper/internal/hints"
	"github.com/swiperhq/swiper/internal/presence"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/redis"
)

// node is one running server and its parts.
type node struct {
	settings *config.Settings
	logger   *slog.Logger
	console  io.Writer               // takes the text messages of the console provider
	fail     context.CancelCauseFunc // ends the node because a part of it has ended

	draining              atomic.Bool
	lost                  atomic.Pointer[lostError] // why the node is no member any more
	ended                 chan struct{}             // closed once lost is set
	steps                 []step
	publicAddr, adminAddr string
}

// start brings the parts up, each after what it needs. When it fails, stop
// ends the parts that are up already.
func (n *node) start(ctx context.Context) error {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	tracer, err := n.openTracing(ctx)
	if err != nil {
		return err
	}
	db, err := n.openStores(ctx, tracer)
	if err != nil {
		return err
	}
	signals, err := redis.Open(ctx, redis.Options{URL: n.settings.Redis.URL, Logger: n.logger, TracerProvider: tracer})
	if err != nil {
		return fmt.Errorf("open redis: %w", err)
	}
	n.onStop("redis client", func(context.Context) error { return signals.Close() })

	tunables := config.NewTunables(config.TunablesOptions{Store: db, Signals: signals, Now: time.Now, Logger: n.logger})
	if err := tunables.Refresh(ctx); err != nil {
		return fmt.Errorf("read the tunables: %w", err)
	}
	n.keep(ctx, "tunables", tunables.Run)

	membership, err := n.clusterOptions(ctx)
	if err != nil {
		return err
	}
	shared, err := n.sharedName()
	if err != nil {
		return err
	}
	there, err := n.openPresence(ctx, db, signals, shared)
	if err != nil {
		return err
	}
	bus, err := n.openHints(ctx, signals, there, shared, registry)
	if err != nil {
		return err
	}
	ranking, err := n.openHot(ctx, db, signals, shared, tunables, registry)
	if err != nil {
		return fmt.Errorf("start the ranking: %w", err)
	}
	system, err := actors.Start(ctx, actors.Options{
		Cluster: membership, Hint: hinting(bus.Hint, ranking.Note),
		Store: db, Rules: tunables.Rules, Now: sabotage.Now, Shards: n.settings.Shards(),
		IdleAfter: n.settings.User.IdleAfter, Logger: n.logger, Registerer: registry, TracerProvider: tracer,
	})
	if err != nil {
		return fmt.Errorf("start the actors: %w", err)
	}
	n.onStop("actors", system.Stop)
	pictures, err := n.openGallery(ctx, db, system, bus)
	if err != nil {
		return fmt.Errorf("start the uploads: %w", err)
	}
	work, err := n.startTasks(ctx, db, pictures, signals, bus, tunables, registry)
	if err != nil {
		return fmt.Errorf("start the tasks: %w", err)
	}
	return n.startListeners(ctx, parts{db, signals, tunables, system, pictures, work, bus, there, ranking, registry, tracer})
}

// openStores opens the database and brings it to this version's schema.
func (n *node) openStores(ctx context.Context, tracer trace.TracerProvider) (database, error) {
	db, closeDB, err := openDatabase(ctx, n.settings, n.logger, tracer)
	if err != nil {
		return nil, err
	}
	n.onStop("database", func(context.Context) error { return closeDB() })
	applied, err := db.MigrateUp(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate the database: %w", err)
	}
	if applied > 0 {
		n.logger.InfoContext(ctx, "migrated", slog.Int("steps", applied))
	}
	if n.settings.Demo {
		people, err := seedDemo(ctx, db)
		if err != nil {
			return nil, err
		}
		n.logger.InfoContext(ctx, "demonstration", slog.Int64("users", people))
	}
	return db, nil
}

// parts are what the listeners show.
type parts struct {
	db       persistence.Store
	signals  *redis.Client
	tunables *config.Tunables
	system   *actors.System
	pictures *gallery
	work     *worker
	hints    *hints.Bus
	presence *presence.Keeper
	hot      *hot.Service
	registry *prometheus.Registry
	tracer   trace.TracerProvider // nil: nothing is traced
}

// startListeners opens both listeners, the operators' one first: it tells that
// the node is not ready until the public one is open.
func (n *node) startListeners(ctx context.Context, p parts) error {
	key, err := n.settings.AuthKey()
	if err != nil {
		return err
	}
	cursorKey, err := hkdf.Key(sha256.New, key, nil, "swiper list cursors", sha256.Size)
	if err != nil {
		return fmt.Errorf("derive the key of cursors: %w", err)
	}
	people, err := n.openEntrance(ctx, key, &p)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	pages, err := n.pages(p.pictures.origin)
	if err != nil {
		return err
	}
	shown, err := n.openConsole(ctx, &p)
	if err != nil {
		return err
	}
	swipers, err := n.swipers(ctx, p)
	if err != nil {
		return err
	}
	live, err := n.openRealtime(ctx, people.service, cursorKey, p)
	if err != nil {
		return err
	}
	public, err := api.New(api.Options{
		Actors: swipers, Store: p.db, Accounts: people.service, Inbox: people.inbox, Rules: p.tunables.Rules, Now: sabotage.Now, CursorKey: cursorKey,
		TrustedProxies: n.settings.HTTP.TrustedProxies, RequestTimeout: n.settings.HTTP.RequestTimeout,
		Hot: p.hot, Uploads: p.pictures.service, Raw: p.pictures.routes, Callback: p.pictures.callback, Exports: p.work.data,
		Limiter: p.signals, Pages: pages, Streams: live.Routes(), Logger: n.logger, Registerer: p.registry, TracerProvider: p.tracer,
	})
	if err != nil {
		return fmt.Errorf("public listener: %w", err)
	}
	operators, err := admin.New(admin.Options{
		Listen: n.settings.Admin.Listen, Token: n.settings.Admin.Token, ViewerToken: n.settings.Admin.ViewerToken, Store: p.db, Signals: p.signals, Settings: p.tunables,
		Actors: p.system.Client(), Tokens: people.tokens, Rules: p.tunables.Rules, Draining: func() bool { return n.draining.Load() || !p.system.Node().Serving() }, Gatherer: p.registry,
		Online: online(p.presence), Ended: people.service.Forget, Photos: p.pictures.service, Overview: shown.overview, Everywhere: shown.everywhere.read,
		Hot: p.hot.Board, Console: shown.files,
		View: viewOf(p.system), Dashboard: p.work.queue, Now: time.Now, Logger: n.logger,
	})
	if err != nil {
		return fmt.Errorf("operators' listener: %w", err)
	}
	plainly := func(l net.Listener) net.Listener { return api.Listen(l, nil) }
	if n.adminAddr, err = n.listen(ctx, "operators' listener", n.settings.Admin.Listen, service{operators, plainly, admin.RequestTimeout}); err != nil {
		return err
	}
	if n.publicAddr, err = n.listen(ctx, "public listener", n.settings.HTTP.Listen, service{public, public.Listen, n.settings.HTTP.RequestTimeout}); err != nil {
		return err
	}
	n.onStop("open connections", live.Stop) // first: the listener waits for streams
	return nil
}

// keep runs a part in the background until the node stops; the part's end
// before that ends the node.
func (n *node) keep(ctx context.Context, name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil {
			n.fail(fmt.Errorf("the %s ended: %w", name, err))
		}
	}()
	n.onStop(name, func(limit context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-limit.Done():
			return limit.Err()
		}
	})
}
