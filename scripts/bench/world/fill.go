package world

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Towns is in how many places people live: one has as many people as a large city's
// users of an app.
const Towns = 10

// Kind is people who are there to be dealt decks; they are no part of the ring.
type Kind struct {
	Swiped int   // how many people who suit them they have swiped, as far as there are so many
	First  int64 // id of the first of them
	People int64
}

// deckPeople is how many there are of each kind.
const deckPeople = 300

// Kinds gives the people who are dealt decks.
func (w World) Kinds() []Kind {
	var kinds []Kind
	for i, swiped := range []int{0, 1000, 10_000} {
		kinds = append(kinds, Kind{Swiped: swiped, First: w.Users + 1 + int64(i)*deckPeople, People: deckPeople})
	}
	return kinds
}

// People is how many there are altogether.
func (w World) People() int64 { return w.Users + int64(len(w.Kinds()))*deckPeople }

// Layout names what Fill makes, so that a database can be kept for as long as it
// would be made the same.
const Layout = "ring-3"

// Fill stores the world in an empty database with the tables of this version.
// Indexes are dropped first and built when the rows stand. say hears of each step.
func (w World) Fill(ctx context.Context, conn *pgx.Conn, say func(step string, took time.Duration)) error {
	for _, step := range []struct {
		name string
		do   func(context.Context, *pgx.Conn) error
	}{
		{"people", w.fillUsers}, {"swipes", w.fillSwipes}, {"vacuum", vacuum},
	} {
		begun := time.Now()
		if err := step.do(ctx, conn); err != nil {
			return fmt.Errorf("fill %s: %w", step.name, err)
		}
		say(step.name, time.Since(begun))
	}
	return nil
}

// fillUsers makes people of 18 to 46, most of whom look for the other sex and for
// people about as old.
func (w World) fillUsers(ctx context.Context, conn *pgx.Conn) error {
	return load(ctx, conn, "users", w.sql(`INSERT INTO users
			(id, nickname, sex, birthday, location, bio, dating_sex, min_dating_age, max_dating_age, last_active_at, created_at)
		SELECT n, 'Person ' || n, CASE n % 2 WHEN 0 THEN 'female' ELSE 'male' END, date '2007-06-01' - days,
			'Town ' || n * 104729 / 7 % {towns}, 'I like long walks, short films and the number ' || n || '.',
			CASE WHEN n * 31 / 3 % 20 = 0 THEN 'any' WHEN n % 2 = 0 THEN 'male' ELSE 'female' END,
			greatest(18, 11 + days / 365), 26 + days / 365, now() - n * interval '100 ms', now() - interval '90 days'
		FROM (SELECT n, (n * 7919 % 10000)::int AS days FROM generate_series(1::bigint, {people}) AS n) AS people`),
		w.sql(`SELECT setval(pg_get_serial_sequence('users', 'id'), {people})`))
}

// fillSwipes makes everyone's swipes turn by turn, as time would have it, with the
// marks of MarkOf.
func (w World) fillSwipes(ctx context.Context, conn *pgx.Conn) error {
	ring := w.sql(`INSERT INTO swiped (uid, sid, mark, time)
		SELECT uid, sid, CASE WHEN x * x % 1000003 % 100 < 2 THEN 2 WHEN x * x % 1000003 % 100 < 30 THEN 1 ELSE -1 END, time FROM (
			SELECT uid, sid, (uid * 48271 + sid * 69621) % 1000003 AS x, timestamptz '2026-01-01' + n * interval '1 ms' AS time FROM (
				SELECT n, 1 + n % {users} AS uid, 1 + (n % {users} + 1 + n / {users} * {step}) % {users} AS sid
				FROM generate_series(0::bigint, {last}) AS n OFFSET 0) AS pairs OFFSET 0) AS swipes`)
	statements := []string{ring}
	for _, k := range w.Kinds() {
		// What they were dealt so far: who suits, in the order of ids.
		statements = append(statements, fmt.Sprintf(`INSERT INTO swiped (uid, sid, mark, time)
			SELECT me.id, dealt.id, -1, timestamptz '2026-06-01' FROM users me CROSS JOIN LATERAL (
				SELECT u.id FROM users u WHERE u.location = me.location AND u.id <> me.id AND u.complete AND u.deleted_at IS NULL
				AND (me.dating_sex = 'any' OR u.sex = me.dating_sex) AND u.dating_sex IN (me.sex, 'any')
				AND u.birthday > current_date - make_interval(years => me.max_dating_age + 1)
				AND u.birthday <= current_date - make_interval(years => me.min_dating_age)
				AND extract(year FROM age(me.birthday)) BETWEEN u.min_dating_age AND u.max_dating_age
				ORDER BY u.id LIMIT %d) AS dealt
			WHERE me.id BETWEEN %d AND %d`, k.Swiped, k.First, k.First+k.People-1))
	}
	return load(ctx, conn, "swiped", statements...)
}

// sql puts the world's numbers into a statement.
func (w World) sql(text string) string {
	r := strings.NewReplacer("{users}", strconv.FormatInt(w.Users, 10), "{people}", strconv.FormatInt(w.People(), 10), "{towns}", strconv.Itoa(Towns),
		"{step}", strconv.FormatInt(w.step(), 10), "{last}", strconv.FormatInt(w.Users*Each-1, 10))
	return r.Replace(text)
}

func vacuum(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `VACUUM (FREEZE, ANALYZE)`)
	return err
}

// load runs statements that fill a table, without its indexes and, where the
// server's wal_level is minimal, without a log.
func load(ctx context.Context, conn *pgx.Conn, table string, statements ...string) error {
	rows, err := conn.Query(ctx, `
		SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', $1::text, conname), format('ALTER TABLE %I ADD CONSTRAINT %I %s', $1::text, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u')
		UNION ALL SELECT format('DROP INDEX %I', relname), pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
		WHERE indrelid = $1::text::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)`, table)
	if err != nil {
		return err
	}
	var drops, builds []string
	var drop, build string
	if _, err := pgx.ForEachRow(rows, []any{&drop, &build}, func() error {
		drops, builds = append(drops, drop), append(builds, build)
		return nil
	}); err != nil {
		return err
	}
	all := append([]string{`SET LOCAL maintenance_work_mem = '1GB'`, `SET LOCAL max_parallel_maintenance_workers = 2`, `TRUNCATE ` + table}, drops...)
	all = append(append(all, statements...), builds...)
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, s := range all {
			if _, err := tx.Exec(ctx, s); err != nil {
				return fmt.Errorf("%w: %s", err, s)
			}
		}
		return nil
	})
}
