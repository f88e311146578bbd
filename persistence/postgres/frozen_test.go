package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/social"
)

// A server that falls silent, in the middle of whatever it was saying, keeps nobody
// past their deadline.
func TestFrozenServer(t *testing.T) {
	t.Parallel()
	base, schema := testdb.Postgres(t)
	migrated(t, base, schema, 100)
	c := newCutter(t, base)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: c.url, Schema: schema, MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })

	swipe := []persistence.Record{{Swipe: social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike, Time: noon}}}
	day := social.DateOf(noon)
	for name, call := range map[string]func(ctx context.Context) error{
		"deck":   func(ctx context.Context) error { _, err := s.DeckTop(ctx, 1, 20); return err },
		"user":   func(ctx context.Context) error { _, err := s.User(ctx, 1); return err },
		"quotas": func(ctx context.Context) error { _, err := s.QuotasUsed(ctx, 1, day); return err },
		"swipe":  func(ctx context.Context) error { _, err := s.RecordSwipes(ctx, swipe); return err },
		"unfriend": func(ctx context.Context) error {
			if err := s.Unfriend(ctx, 1, 2, noon); social.CodeOf(err) != social.CodeNotFriends {
				return err
			}
			return nil
		},
		"cursor": func(ctx context.Context) error { return s.SaveDeckCursor(ctx, 1, 7, 3) },
	} {
		for messages := range 24 {
			if messages%2 == 0 { // else on new connections, that prepare their statements
				require.NoError(t, call(t.Context()), name)
			}
			thaw := c.freezeAfter(messages)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			answer := make(chan error, 1)
			go func() { answer <- call(ctx) }()
			select {
			case err := <-answer:
				if err != nil { // else everything had been said
					require.Contains(t, []social.Code{social.CodeUnavailable, social.CodeTimeout}, social.CodeOf(err), "%s: %v", name, err)
				}
			case <-time.After(10 * time.Second):
				thaw()
				require.Fail(t, "the call did not heed its deadline", "%s, silent after %d messages: %v", name, messages, <-answer)
			}
			cancel()
			thaw()
		}
	}
}
