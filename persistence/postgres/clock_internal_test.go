package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/social"
)

// The estimate is never ahead of the server's clock, and no further behind it than
// the quickest of the latest answers took.
func TestTheServersClockIsNeverAhead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var c serverClock
		require.Zero(t, c.at(time.Now()))
		ahead := time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "ahead"))
		quickest := time.Duration(1 << 62)
		for _, took := range rapid.SliceOfN(rapid.Int64Range(0, 1e9), 1, 20).Draw(t, "took") {
			c.saw(time.Now().Add(ahead - time.Duration(took)))
			quickest = min(quickest, time.Duration(took))
		}
		at := time.Now().Add(time.Minute)
		behind := at.Add(ahead).Sub(c.at(at))
		require.GreaterOrEqual(t, behind, time.Duration(0))
		require.Less(t, behind, quickest+time.Second, "a busy machine may take its time between two lines")
	})
}

// A server whose clock was set back or forward is looked at again.
func TestTheServersClockIsChanged(t *testing.T) {
	t.Parallel()
	url, schema := testdb.Postgres(t)
	s, err := Open(t.Context(), Options{URL: url, Schema: schema, MaxConns: 1})
	require.NoError(t, err)
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	one := func(ctx context.Context) error {
		return s.send(ctx, func(b *pgx.Batch) { b.Queue(`SELECT 1`) })
	}
	s.clock.set(time.Now().Add(-time.Hour)) // as if the server's clock had been set forward since
	require.NoError(t, one(ctx))
	require.WithinDuration(t, time.Now(), s.clock.at(time.Now()), 10*time.Second)
	s.clock.set(time.Now().Add(time.Hour))
	require.NoError(t, one(ctx))

	late := lateContext{ctx}
	require.Equal(t, social.CodeTimeout, social.CodeOf(translate(late, one(late))), "past its deadline, and not yet told so")
}

// lateContext has a deadline that has passed, and does not know it.
type lateContext struct{ context.Context }

func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-2 * time.Hour), true }
