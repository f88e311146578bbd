package storetest

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func failureCases() []testCase {
	return []testCase{
		{"failure/a context that has ended", endedContext},
		{"failure/a context that ends midway leaves nothing half done", contextEndsMidway},
		{"failure/ping", ping},
	}
}

func endedContext(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 3)
	befriend(t, db.A, 1, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	today := social.DateOf(noon)
	u := person(1)
	for name, call := range map[string]func() error{
		"RecordSwipes": func() error {
			_, err := db.A.RecordSwipes(ctx, []persistence.Record{like(1, 3)})
			return err
		},
		"keyed RecordSwipes": func() error {
			_, err := db.A.RecordSwipes(ctx, []persistence.Record{keyed(like(1, 3), "k")})
			return err
		},
		"keyed Rewind": func() error { _, err := db.A.Rewind(ctx, keyedRewind(1, 3, noon, "k")); return err },
		"SignIn": func() error {
			_, _, err := db.A.SignIn(ctx, sealed("k", 1), nil, noon)
			return err
		},
		"SealedPhone":      func() error { _, err := db.A.SealedPhone(ctx, 1); return err },
		"CreateSession":    func() error { _, err := db.A.CreateSession(ctx, session(1, "s")); return err },
		"Session":          func() error { _, err := db.A.Session(ctx, "s"); return err },
		"RotateSession":    func() error { _, err := db.A.RotateSession(ctx, "s", 1, nil, nil, noon, noon); return err },
		"RevokeSession":    func() error { return db.A.RevokeSession(ctx, "s", noon) },
		"PruneIdempotency": func() error { _, err := db.A.PruneIdempotency(ctx, noon, 1); return err },
		"PruneSessions":    func() error { _, err := db.A.PruneSessions(ctx, noon, 1); return err },
		"Rewind":           func() error { _, err := db.A.Rewind(ctx, rewindOf(1, 3, noon)); return err },
		"Unfriend":         func() error { return db.A.Unfriend(ctx, 1, 2, noon) },
		"UpdateProfile": func() error {
			_, err := db.A.UpdateProfile(ctx, 1, social.ProfilePatch{Bio: new("x")}, today)
			return err
		},
		"PutSetting": func() error { _, err := db.A.PutSetting(ctx, "k", []byte("1"), "x", noon); return err },
		"SaveCursor": func() error { return db.A.SaveDeckCursor(ctx, 1, 1, 1) },
		"User":       func() error { _, err := db.A.User(ctx, 1); return err },
		"SwipedIDs":  func() error { _, err := db.A.SwipedIDs(ctx, 1); return err },
		"LikesOf":    func() error { _, err := db.A.LikesOf(ctx, 1, persistence.LikeCursor{}, 5); return err },
		"Friends":    func() error { _, err := db.A.Friends(ctx, 1, persistence.FriendCursor{}, 5); return err },
		"Candidates": func() error { _, err := db.A.Candidates(ctx, social.WantedBy(&u, today), 0, 5); return err },
		"DeckTop":    func() error { _, err := db.A.DeckTop(ctx, 1, 5); return err },
		"Undealt":    func() error { _, err := db.A.Undealt(ctx, 1, everyone); return err },
		"EventsOf":   func() error { _, err := db.A.EventsOf(ctx, 1, 0, 5); return err },
		"EventsSince": func() error {
			_, err := db.A.EventsSince(ctx, 1, persistence.EventCursor{}, 5)
			return err
		},
		"PruneEvents": func() error { _, err := db.A.PruneEvents(ctx, noon, 1); return err },
		"QuotasUsed":  func() error { _, err := db.A.QuotasUsed(ctx, 1, today); return err },
	} {
		t.Log(name)
		requireCode(t, social.CodeTimeout, call())
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Len(t, w.marks, 2)
	require.Equal(t, 1, w.friendships())
	require.Zero(t, used(t, db.A, 1, social.ActionRewind, noon))
	got, err := db.A.User(t.Context(), 1)
	require.NoError(t, err)
	requireSameUser(t, u, got)
}

// Swipes that match and are charged, rewinds and unfriendings are cut at random
// moments. Whatever was done was done whole, and asking again tells the truth.
func contextEndsMidway(t *testing.T, db Database) {
	n := db.scaled(1_000)
	everyone := people(t, db.A, 1, 2*n)
	r := limits(5)
	batch := make([]persistence.Record, 0, n)
	for a := 1; a <= 2*n; a += 2 {
		batch = append(batch, like(social.UserID(a+1), social.UserID(a)))
	}
	record(t, db.A, batch...)
	failed, took := 0, time.Millisecond
	for i := range n {
		uid := social.UserID(2*i + 1)
		rec := metered(r, uid, uid+1, social.MarkLike, noon)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), rand.N(2*took)) //nolint:gosec // a spread of moments, no secret
		_, err := db.A.RecordSwipes(ctx, []persistence.Record{rec})
		cancel()
		if err != nil {
			failed++
			requireCode(t, social.CodeTimeout, err)
		} else {
			took = (9*took + time.Since(began)) / 10
		}
	}
	t.Logf("%d of %d swipes were cut", failed, n)
	w := look(t, db.B, everyone)
	w.requireWhole(t)
	for i := range n {
		uid := social.UserID(2*i + 1)
		stored := w.marks[direction{uid, uid + 1}].Likes()
		spent := used(t, db.B, uid, social.ActionLike, noon)
		require.Equal(t, stored, spent == 1, "user %d: stored %v, charged %d", uid, stored, spent)
		answer := accept(t, db.A, metered(r, uid, uid+1, social.MarkLike, noon))
		require.True(t, answer.Matched)
		require.Equal(t, stored, answer.Repeated)
		require.Equal(t, 1, used(t, db.B, uid, social.ActionLike, noon))
	}
	require.Equal(t, n, func() int { w := look(t, db.A, everyone); w.requireWhole(t); return w.friendships() }())

	for i := range n {
		uid := social.UserID(2*i + 1)
		ctx, cancel := context.WithTimeout(t.Context(), rand.N(2*took)) //nolint:gosec // a spread of moments, no secret
		if i%2 == 0 {
			_, _ = db.A.Rewind(ctx, rewindOf(uid, 3, noon)) // the tables are what tells
		} else {
			_ = db.A.Unfriend(ctx, uid, uid+1, noon)
		}
		cancel()
	}
	w = look(t, db.B, everyone)
	w.requireWhole(t)
	for i := 0; i < n; i += 2 {
		uid := social.UserID(2*i + 1)
		undone := w.marks[direction{uid, uid + 1}] == 0
		require.Equal(t, undone, used(t, db.B, uid, social.ActionRewind, noon) == 1, "user %d", uid)
		require.Equal(t, undone, len(deckTop(t, db.B, uid, 5).Rewound) == 1, "user %d", uid)
	}
}

func ping(t *testing.T, db Database) {
	require.NoError(t, db.A.Ping(t.Context()))
	require.NoError(t, db.B.Ping(t.Context()))
}
