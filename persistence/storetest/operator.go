package storetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func operatorCases() []testCase {
	return []testCase{
		{"operator/changes are audited", changesAudited},
		{"operator/a user's history, page by page", historyPaged},
		{"operator/a quota is reset", quotaReset},
		{"operator/all sessions end", sessionsEnded},
		{"operator/suspended people", suspended},
		{"operator/logins while a user is suspended", suspendedAtOnce},
	}
}

var change = persistence.Change{By: "ops", At: noon} //nolint:gochecknoglobals // a constant that Go cannot express

// audited gives the entries, the latest first, without ids and times.
func audited(t *testing.T, s persistence.Store) (out []persistence.AuditEntry) {
	t.Helper()
	all, err := s.AuditLog(t.Context(), 0, everything)
	require.NoError(t, err)
	for i, e := range all {
		require.True(t, i == 0 || all[i-1].ID > e.ID, "latest first")
		require.True(t, e.At.Equal(noon), e.At)
		e.ID, e.At = 0, time.Time{}
		out = append(out, e)
	}
	return out
}

func changesAudited(t *testing.T, db Database) {
	people(t, db.A, 7, 1)
	_, err := db.A.PutSetting(t.Context(), "quota", json.RawMessage(`3`), "ann", noon)
	require.NoError(t, err)
	_, err = db.B.PutSetting(t.Context(), "quota", json.RawMessage(`null`), "bob", noon)
	require.NoError(t, err)
	require.NoError(t, db.A.AddAudit(t.Context(), persistence.AuditEntry{At: noon, By: "<b>", Action: "token.mint", Target: "2 users", To: "x"}))
	id := enqueue(t, db.A, work("photo")).ID
	require.NoError(t, db.A.CancelTask(t.Context(), id, change))
	require.NoError(t, db.A.CancelTask(t.Context(), id, change), "again, which changes nothing")
	require.NoError(t, db.A.RetryTask(t.Context(), id, change))
	_, err = db.A.SuspendUser(t.Context(), 404, change)
	requireCode(t, social.CodeUserNotFound, err)
	require.Equal(t, []persistence.AuditEntry{
		{By: "ops", Action: "task.retry", Target: "task " + string(id), From: "failed", To: "queued"},
		{By: "ops", Action: "task.cancel", Target: "task " + string(id), From: "under way", To: "failed"},
		{By: "<b>", Action: "token.mint", Target: "2 users", To: "x"},
		{By: "bob", Action: "setting.put", Target: "quota", From: "3", To: "null"},
		{By: "ann", Action: "setting.put", Target: "quota", To: "3"},
	}, audited(t, db.B))

	first, err := db.B.AuditLog(t.Context(), 0, 2)
	require.NoError(t, err)
	require.Len(t, first, 2)
	rest, err := db.B.AuditLog(t.Context(), first[1].ID, everything)
	require.NoError(t, err)
	require.Len(t, rest, 3)
}

func historyPaged(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	for sid := social.UserID(2); sid <= 6; sid++ {
		accept(t, db.A, swipeAt(1, sid, social.MarkLike, noon.Add(time.Duration(sid)*time.Minute)))
	}
	accept(t, db.A, swipe(2, 1, social.MarkDislike))
	for range 2 { // 6 and 5
		_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon.Add(time.Hour)))
		require.NoError(t, err)
	}
	page, err := db.B.SwipesOf(t.Context(), 1, 0, 2)
	require.NoError(t, err)
	require.Len(t, page, 2)
	require.Equal(t, []social.UserID{4, 3}, []social.UserID{page[0].SID, page[1].SID})
	require.Equal(t, social.MarkLike, page[0].Mark)
	require.True(t, page[0].Time.Equal(noon.Add(4*time.Minute)))
	page, err = db.B.SwipesOf(t.Context(), 1, page[1].Seq, 2)
	require.NoError(t, err)
	require.Len(t, page, 1)
	require.EqualValues(t, 2, page[0].SID)

	past, err := db.B.RewindsOf(t.Context(), 1, 0, 1)
	require.NoError(t, err)
	require.Len(t, past, 1)
	require.EqualValues(t, 5, past[0].SID)
	require.True(t, past[0].SwipedAt.Equal(noon.Add(5*time.Minute)) && past[0].RewoundAt.Equal(noon.Add(time.Hour)))
	past, err = db.B.RewindsOf(t.Context(), 1, past[0].ID, everything)
	require.NoError(t, err)
	require.Len(t, past, 1)
	require.EqualValues(t, 6, past[0].SID)
}

func quotaReset(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	r := limits(1)
	accept(t, db.A, metered(r, 1, 2, social.MarkLike, noon))
	accept(t, db.A, metered(r, 1, 3, social.MarkSuperlike, noon))
	refuse(t, db.A, social.CodeLikeQuotaExceeded, metered(r, 1, 4, social.MarkLike, noon))
	require.NoError(t, db.B.ResetQuota(t.Context(), 1, r.Today(noon), social.ActionLike, change))
	require.Zero(t, used(t, db.A, 1, social.ActionLike, noon))
	require.Equal(t, 1, used(t, db.A, 1, social.ActionSuperlike, noon), "another action's stays")
	accept(t, db.A, metered(r, 1, 4, social.MarkLike, noon))
	refuse(t, db.A, social.CodeLikeQuotaExceeded, metered(r, 1, 5, social.MarkLike, noon))
	require.NoError(t, db.B.ResetQuota(t.Context(), 1, r.Today(noon), social.ActionRewind, change), "nothing was used")
	requireCode(t, social.CodeUserNotFound, db.B.ResetQuota(t.Context(), 404, r.Today(noon), social.ActionLike, change))
	require.Equal(t, []persistence.AuditEntry{
		{By: "ops", Action: "quota.reset", Target: "user 1", From: "rewind: 0 used on 2026-03-14", To: "rewind: 0 used"},
		{By: "ops", Action: "quota.reset", Target: "user 1", From: "like: 1 used on 2026-03-14", To: "like: 0 used"},
	}, audited(t, db.A))
}

func sessionsEnded(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	for i, id := range []string{"one", "two", "old"} {
		s := session(1, id)
		s.CreatedAt = noon.Add(-time.Duration(i) * time.Minute)
		if id == "old" {
			s.ExpiresAt = noon
		}
		login(t, db.A, s)
	}
	login(t, db.A, session(2, "another's"))
	ended, err := db.B.EndSessions(t.Context(), 1, change)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"one", "two"}, ended)
	all, err := db.A.SessionsOf(t.Context(), 1, everything)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, "one", all[0].ID, "latest first")
	for _, s := range all {
		require.Nil(t, s.Secret)
		require.Equal(t, s.ID != "old", s.RevokedAt.Equal(noon), s.ID)
	}
	all, err = db.A.SessionsOf(t.Context(), 1, 1)
	require.NoError(t, err)
	require.Len(t, all, 1)
	requireSession(t, session(2, "another's"), db.A)
	require.Equal(t, []persistence.AuditEntry{{By: "ops", Action: "user.logout", Target: "user 1", From: "2 sessions", To: "0 sessions"}}, audited(t, db.A))
	_, err = db.B.EndSessions(t.Context(), 404, change)
	requireCode(t, social.CodeUserNotFound, err)
}

func suspended(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	accept(t, db.A, swipe(2, 1, social.MarkSuperlike))
	login(t, db.A, session(2, "one"))
	seen := func() (dealt, superliked, liked int) {
		users, err := db.A.Undealt(t.Context(), 1, []social.UserID{2, 3})
		require.NoError(t, err)
		top, err := db.A.DeckTop(t.Context(), 1, 10)
		require.NoError(t, err)
		likes, err := db.A.LikesOf(t.Context(), 1, persistence.LikeCursor{}, 10)
		require.NoError(t, err)
		return len(users), len(top.Superlikers), len(likes)
	}
	require3 := func(a, b, c int) {
		t.Helper()
		x, y, z := seen()
		require.Equal(t, []int{a, b, c}, []int{x, y, z})
	}
	require3(2, 1, 1)
	since, err := db.A.SuspendedAt(t.Context(), 2)
	require.NoError(t, err)
	require.True(t, since.IsZero())

	ended, err := db.B.SuspendUser(t.Context(), 2, change)
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, ended)
	require3(1, 0, 0)
	since, err = db.A.SuspendedAt(t.Context(), 2)
	require.NoError(t, err)
	require.True(t, since.Equal(noon))
	_, err = rotate(db.A, "one", 1, noon.Add(time.Minute))
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = db.A.CreateSession(t.Context(), session(2, "two"))
	requireCode(t, social.CodeAccountSuspended, err)
	ended, err = db.B.SuspendUser(t.Context(), 2, persistence.Change{By: "else", At: noon.Add(time.Hour)})
	require.NoError(t, err)
	require.Empty(t, ended)

	require.NoError(t, db.B.UnsuspendUser(t.Context(), 2, change))
	require.NoError(t, db.B.UnsuspendUser(t.Context(), 2, change))
	require3(2, 1, 1)
	login(t, db.A, session(2, "two"))
	require.Len(t, audited(t, db.A), 2, "what changed nothing is not there")
	_, err = db.A.SuspendedAt(t.Context(), 404)
	requireCode(t, social.CodeUserNotFound, err)
	requireCode(t, social.CodeUserNotFound, db.A.UnsuspendUser(t.Context(), 404, change))
}

// suspendedAtOnce lets logins race with the suspension: none of them stands after it.
func suspendedAtOnce(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	var calls []func()
	for i := range 20 {
		calls = append(calls, func() {
			s := []persistence.Store{db.A, db.B}[i%2]
			_, _ = s.CreateSession(background(), session(1, fmt.Sprintf("login%02d", i))) // refused or not
		})
	}
	var failed error
	calls = append(calls, func() { _, failed = db.B.SuspendUser(background(), 1, change) })
	together(calls...)
	require.NoError(t, failed)
	all, err := db.A.SessionsOf(t.Context(), 1, everything)
	require.NoError(t, err)
	for _, s := range all {
		require.False(t, s.RevokedAt.IsZero(), s.ID)
	}
}
