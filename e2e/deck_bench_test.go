package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// BenchmarkDeck measures GET /v1/deck over HTTP with BENCH_USERS people in
// 50 locations on Postgres, for people who have swiped nobody, 1,000, 10,000 and
// 100,000 others, and for some who have swiped almost everyone in town, while 50
// profiles a second are edited. The first deal of each is with the activation of
// their actor; the others follow five swipes each, so that the deck is refilled.
func BenchmarkDeck(b *testing.B) {
	people, err := strconv.Atoi(os.Getenv("BENCH_USERS"))
	if err != nil {
		b.Skip("skipped: BENCH_USERS does not say how many people there are to be")
	}
	flags := append(postgresFlags(b), "--data.dir", b.TempDir(), "--auth.key", authKey)
	begun := time.Now()
	_, err = command(b, append([]string{"seed", "--users", strconv.Itoa(people), "--locations", "50", "--seed", "1"}, flags...)...)
	require.NoError(b, err)
	b.Logf("%d people in %v", people, time.Since(begun).Round(time.Millisecond))

	const each = 40 // people of each kind
	kinds := []string{"0", "1000", "10000", "100000", "town"}
	fillSwipes(b, flags, kinds, each)
	p := start(b, startOptions{flags: flags})
	tokens := mint(b, p, 1, social.UserID(len(kinds)*each+2000))
	stopEdits := editProfiles(b, p, tokens, social.UserID(len(kinds)*each))
	for k, kind := range kinds {
		b.Run("swiped="+kind, func(b *testing.B) {
			var cold, warm []time.Duration
			for i := range each {
				uid := social.UserID(1 + k*each + i)
				c := &client{http: newHTTPClient(), base: p.HTTP, token: tokens[uid]}
				cold = append(cold, dealOnce(b, c, 0))
				for range 25 {
					warm = append(warm, dealOnce(b, c, 5))
				}
				c.http.CloseIdleConnections()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(milliseconds(cold, 50), "cold-p50-ms")
			b.ReportMetric(milliseconds(cold, 99), "cold-p99-ms")
			b.ReportMetric(milliseconds(warm, 50), "warm-p50-ms")
			b.ReportMetric(milliseconds(warm, 99), "warm-p99-ms")
		})
	}
	b.Logf("%d profiles edited meanwhile", stopEdits())
}

// dealOnce swipes the first cards of the last deal away and times a new one.
func dealOnce(b *testing.B, c *client, swipes int) time.Duration {
	b.Helper()
	var deck struct{ Cards []card }
	if swipes > 0 {
		c.call(b.Context(), http.MethodGet, "/v1/deck", nil).into(b, &deck)
		for _, next := range deck.Cards[:min(swipes, len(deck.Cards))] {
			a := c.call(b.Context(), http.MethodPost, "/v1/swipes", map[string]any{"user_id": next.UserID, "mark": "dislike"})
			require.Equal(b, http.StatusOK, a.status, string(a.body))
		}
	}
	begun := time.Now()
	a := c.call(b.Context(), http.MethodGet, "/v1/deck", nil)
	took := time.Since(begun)
	require.Equal(b, http.StatusOK, a.status, string(a.body))
	return took
}

func milliseconds(of []time.Duration, percent int) float64 {
	slices.Sort(of)
	return float64(of[min(len(of)-1, len(of)*percent/100)].Microseconds()) / 1000
}

// fillSwipes stores what people of each kind have swiped: first those of their
// own town, all but ten of it at the most, then others.
func fillSwipes(b *testing.B, flags, kinds []string, each int) {
	b.Helper()
	u, err := url.Parse(flags[1])
	require.NoError(b, err)
	conn, err := pgx.Connect(b.Context(), u.String())
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	uid := 1
	for _, kind := range kinds {
		n, err := strconv.Atoi(kind)
		elsewhere := "true"
		if err != nil {
			n, elsewhere = 1_000_000, "false"
		}
		for range each {
			_, err := conn.Exec(b.Context(), fmt.Sprintf(`WITH me AS (SELECT location FROM users WHERE id = $1),
				town AS (SELECT u.id FROM users u, me WHERE u.location = me.location AND u.id <> $1 ORDER BY u.id DESC OFFSET 10),
				all_of AS (SELECT id, 0 AS far FROM town UNION ALL
					SELECT u.id, 1 FROM users u, me WHERE %s AND u.location <> me.location AND u.id <> $1)
				INSERT INTO swiped (uid, sid, mark, time)
				SELECT $1, id, -1, now() FROM (SELECT id FROM all_of ORDER BY far, id LIMIT $2) AS picked`, elsewhere), uid, n)
			require.NoError(b, err)
			uid++
		}
	}
	_, err = conn.Exec(b.Context(), `VACUUM ANALYZE`)
	require.NoError(b, err)
}

// editProfiles changes 50 profiles a second, of the 2,000 people behind uid,
// until the returned function is called, which gives how many it changed.
func editProfiles(b *testing.B, p *program, tokens map[social.UserID]string, uid social.UserID) (stop func() int) {
	b.Helper()
	done := make(chan struct{})
	var wg sync.WaitGroup
	edited := 0
	wg.Go(func() {
		c := &client{http: newHTTPClient(), base: p.HTTP}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			c.token = tokens[uid+social.UserID(1+edited%2000)]
			a := c.call(context.Background(), http.MethodPatch, "/v1/me", map[string]any{"bio": fmt.Sprintf("edit %d", edited), "min_dating_age": 18 + edited%10})
			if a.status == http.StatusOK {
				edited++
			}
		}
	})
	return func() int {
		close(done)
		wg.Wait()
		return edited
	}
}
