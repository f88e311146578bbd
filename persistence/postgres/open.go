package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/jobs"
	"github.com/swiperhq/swiper/persistence/migrations"
	"github.com/swiperhq/swiper/persistence/sqlstore"
)

// Options say which database and how.
type Options struct {
	// URL is a postgres:// URL, or key=value pairs; pgx's pool_… parameters work.
	URL string
	// Schema holds the tables; MigrateUp creates it. "": the connection's current schema.
	Schema string
	// MaxConns bounds the pool. 0: what the URL says, else 16.
	MaxConns int
	// AllowUnsafe opens a server that can lose acknowledged commits.
	AllowUnsafe bool
	// Logger takes warnings; nil: none.
	Logger *slog.Logger
	// TracerProvider takes a span of every statement; nil: none is made.
	TracerProvider trace.TracerProvider
}

const (
	defaultMaxConns = 16
	connectTimeout  = 5 * time.Second
)

// Store is persistence.Store and persistence.Migrator on PostgreSQL.
type Store struct {
	*sqlstore.Store
	migrations.Migrator

	pool      pool
	closePool func()
	conf      *pgx.ConnConfig // of every connection of the pool
	schema    string
	namespace int32 // of the advisory locks, see lock.go
	people    *people
	clock     *serverClock
	jobs      *jobs.Queue[pgx.Tx]
}

var (
	_ persistence.Store    = (*Store)(nil)
	_ persistence.Migrator = (*Store)(nil)
)

// Open connects and checks the server. It does not migrate. A server that
// runs transactions at another level than READ COMMITTED whatever the
// connection asks for, or that would lose acknowledged commits, is refused.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	conf, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	switch {
	case o.MaxConns > 0:
		conf.MaxConns = int32(min(o.MaxConns, 10_000))
	case !strings.Contains(o.URL, "pool_max_conns"):
		conf.MaxConns = defaultMaxConns
	}
	if conf.ConnConfig.ConnectTimeout == 0 {
		conf.ConnConfig.ConnectTimeout = connectTimeout
	}
	params := conf.ConnConfig.RuntimeParams
	params["application_name"] = cmp.Or(params["application_name"], "swiper")
	maps.Copy(params, sessionSettings())
	if o.Schema != "" {
		searchIn(conf.ConnConfig, o.Schema)
	}
	if o.TracerProvider != nil { // of statements, never of their values
		conf.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(o.TracerProvider), otelpgx.WithMeterProvider(noop.NewMeterProvider()))
	}
	schema, err := inspect(ctx, conf.ConnConfig, o)
	if err != nil {
		return nil, err
	}
	// Pinned, so that the lock namespace and the tables cannot part ways.
	searchIn(conf.ConnConfig, schema)
	clock := &serverClock{}
	conf.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if err := verify(ctx, conn, o.AllowUnsafe); err != nil {
			return err
		}
		var server time.Time
		if err := conn.QueryRow(ctx, clockSQL).Scan(&server); err != nil {
			return translate(ctx, err)
		}
		clock.saw(server)
		warm(ctx, conn)
		return nil
	}
	conf.MinConns = max(conf.MinConns, conf.MaxConns/2) // ready and warm before they are needed
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", translate(ctx, err))
	}
	jobPool, queue, err := openJobs(ctx, conf)
	if err != nil {
		pool.Close()
		return nil, err
	}
	namespace := namespaceOf(schema)
	s := &Store{
		Store: sqlstore.New(&db{conn: conn{pool}, pool: pool, namespace: namespace, jobs: jobQueue{jobPool, queue}}), pool: pool, jobs: queue,
		closePool: func() { jobPool.Close(); pool.Close() },
		conf:      conf.ConnConfig.Copy(), schema: schema, namespace: namespace, people: newPeople(), clock: clock,
	}
	s.Migrator = migrations.NewMigrator(s.migrate)
	return s, nil
}

// Close waits for running calls and closes the pool.
func (s *Store) Close() error {
	s.closePool()
	return nil
}

// inspect makes one connection, checks the server and gives the schema.
func inspect(ctx context.Context, conf *pgx.ConnConfig, o Options) (string, error) {
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return "", fmt.Errorf("open database: %w", translate(ctx, err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := verify(ctx, conn, false); err != nil {
		if !o.AllowUnsafe || !errors.Is(err, errUnsafe) {
			return "", fmt.Errorf("open database: %w", err)
		}
		o.Logger.LogAttrs(ctx, slog.LevelWarn, "database may lose acknowledged commits", slog.Any("reason", err))
	}
	if o.Schema != "" {
		return o.Schema, nil
	}
	var schema *string
	if err := conn.QueryRow(ctx, `SELECT current_schema()::text`).Scan(&schema); err != nil {
		return "", fmt.Errorf("open database: %w", translate(ctx, err))
	}
	if schema == nil {
		return "", errors.New("open database: the search_path names no schema that exists; name one")
	}
	return *schema, nil
}

func searchIn(conf *pgx.ConnConfig, schema string) {
	conf.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()
}

// namespaceOf gives the first key of the advisory locks. Advisory locks are per
// database: the schema's name keeps two installations in one database apart.
// Frozen like social.Pair.Slot: two versions must lock the same.
func namespaceOf(schema string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte("swiper/" + schema))
	return int32(h.Sum32()) //nolint:gosec // any 32 bits will do
}
