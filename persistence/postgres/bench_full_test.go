package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence/storetest"
)

// BenchmarkFullTable is BenchmarkRecordSwipes on a table that holds
// BENCH_SWIPES swipes of a million users already. Besides the time it
// gives what a swipe costs inside the server: CPU of its backends, bytes of WAL.
func BenchmarkFullTable(b *testing.B) {
	rows, err := strconv.Atoi(os.Getenv("BENCH_SWIPES"))
	if err != nil {
		b.Skip("skipped: BENCH_SWIPES does not say how many swipes the table is to hold")
	}
	const people = 1_000_000
	url, schema := testdb.Postgres(b)
	s := migrated(b, url, schema, 0)
	begun := time.Now()
	_, err = s.InsertUsers(b.Context(), storetest.Townspeople(people))
	require.NoError(b, err)
	b.Logf("%d users in %v", people, time.Since(begun).Round(time.Millisecond))
	conn, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, conn.Close(context.Background())) })
	prefill(b, conn, schema, people, rows)

	now := time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 32, 256} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			cpu, wal := serverCPU(b, conn), walPosition(b, conn)
			for done := 0; done < b.N; done += size {
				_, err := s.RecordSwipes(b.Context(), storetest.Swipes(random, people, size, now))
				require.NoError(b, err)
			}
			stored := float64((b.N + size - 1) / size * size)
			b.ReportMetric(float64((serverCPU(b, conn)-cpu).Microseconds())/stored, "server-µs/op")
			b.ReportMetric(float64(walPosition(b, conn)-wal)/stored, "WAL-B/op")
		})
	}
}

// prefill stores rows swipes, everyone's turn by turn as time would, half of
// them likes, and builds the indexes behind them.
func prefill(b *testing.B, conn *pgx.Conn, schema string, people, rows int) {
	b.Helper()
	begun := time.Now()
	for _, statement := range []string{
		`SET search_path = ` + pgx.Identifier{schema}.Sanitize(),
		`SET maintenance_work_mem = '1GB'`,
		`ALTER TABLE swiped DROP CONSTRAINT swiped_pkey`,
		`DROP INDEX swiped_likes`,
		fmt.Sprintf(`INSERT INTO swiped (uid, sid, mark, time)
			SELECT 1 + g %% %[1]d, 1 + (g %% %[1]d + 1 + (g / %[1]d) * 24571) %% %[1]d,
				CASE WHEN g %% 7 < 3 THEN 1 ELSE -1 END, timestamptz '2026-01-01' + g * interval '1 ms'
			FROM generate_series(0, %[2]d - 1) AS g`, people, rows),
		`ALTER TABLE swiped ADD CONSTRAINT swiped_pkey PRIMARY KEY (uid, sid) INCLUDE (seq, mark)`,
		`CREATE INDEX swiped_likes ON swiped (sid, mark, seq) INCLUDE (uid) WHERE mark > 0`,
		`VACUUM ANALYZE`,
		`CHECKPOINT`,
	} {
		_, err := conn.Exec(b.Context(), statement)
		require.NoError(b, err, statement)
	}
	b.Logf("%d swipes in %v", rows, time.Since(begun).Round(time.Millisecond))
}

func walPosition(b *testing.B, conn *pgx.Conn) int64 {
	b.Helper()
	var at int64
	require.NoError(b, conn.QueryRow(b.Context(), `SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint`).Scan(&at))
	return at
}

// serverCPU gives the CPU time that the server's client backends have used. It
// needs the server on this machine, with Linux's /proc.
func serverCPU(b *testing.B, conn *pgx.Conn) time.Duration {
	b.Helper()
	rows, err := conn.Query(b.Context(), `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'`)
	require.NoError(b, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(b, err)
	const tick = 10 * time.Millisecond // USER_HZ is 100 on Linux
	var used time.Duration
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		require.NoError(b, err)
		// Fields 14 and 15 of proc(5), counted behind the command's parentheses.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		for _, ticks := range fields[11:13] {
			n, err := strconv.Atoi(ticks)
			require.NoError(b, err)
			used += time.Duration(n) * tick
		}
	}
	return used
}
