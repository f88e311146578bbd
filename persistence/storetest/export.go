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

func exportCases() []testCase {
	return []testCase{
		{"export/given again while it is of use", exportAgain},
		{"export/so many within a time", exportBound},
		{"export/many requests at once make one", exportRace},
		{"export/ready, told and dropped when it expires", exportReady},
		{"export/attempts that overlap", exportAttempts},
		{"export/a failed one leaves nothing", exportFailed},
		{"export/of who has left", exportOfDeparted},
		{"export/everything, slice by slice", exportSlices},
		{"export/forgotten by age", exportPruned},
	}
}

const day = 24 * time.Hour

var exportsEach = persistence.ExportBound{Most: 2, Within: day} //nolint:gochecknoglobals // a constant that Go cannot express

func tryExport(s persistence.Store, uid social.UserID, id string, at time.Time) (persistence.Export, error) {
	task := work("export")
	task.Owner = uid
	return s.RequestExport(background(), persistence.Export{ID: persistence.ExportID(id), UID: uid, CreatedAt: at}, exportsEach, task)
}

func requestExport(t *testing.T, s persistence.Store, uid social.UserID, id string, at time.Time) persistence.Export {
	t.Helper()
	e, err := tryExport(s, uid, id, at)
	require.NoError(t, err)
	return e
}

func claimExport(t *testing.T, s persistence.Store, id, key string) {
	t.Helper()
	require.NoError(t, s.ClaimExport(background(), persistence.ExportID(id), key, noon, noon.Add(time.Hour)))
}

func finishExport(s persistence.Store, id, key string) (persistence.Export, error) {
	return s.FinishExport(background(), &persistence.FinishedExport{
		ID: persistence.ExportID(id), Key: key, Size: 7, At: noon, ExpiresAt: noon.Add(day),
		Event: json.RawMessage(`{"task_id":"` + id + `"}`), Then: []persistence.Task{work("letter")},
	})
}

// endOf ends the task of an export.
func endOf(t *testing.T, s persistence.Store, e persistence.Export, failed bool) {
	t.Helper()
	_, err := s.EndTask(background(), attemptAt(t, s, e.Task), persistence.TaskEnd{Failed: failed, Attempts: 1, At: noon})
	require.NoError(t, err)
}

func exportAgain(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	e := requestExport(t, db.A, 1, "a", noon)
	require.Equal(t, persistence.ExportAccepted, e.State)
	require.True(t, e.CreatedAt.Equal(noon))
	require.Zero(t, e.ExpiresAt)
	require.Equal(t, persistence.TaskQueued, taskOf(t, db.A, e.Task).State)
	require.Equal(t, e, requestExport(t, db.B, 1, "b", noon.Add(time.Hour)), "under way")
	require.Equal(t, persistence.ExportID("other"), requestExport(t, db.A, 2, "other", noon).ID)
	claimExport(t, db.A, "a", "key")
	ready, err := finishExport(db.A, "a", "key")
	require.NoError(t, err)
	endOf(t, db.A, e, false)
	require.Equal(t, ready, requestExport(t, db.B, 1, "c", noon.Add(day-time.Second)), "it can still be read")
	next := requestExport(t, db.B, 1, "d", noon.Add(day))
	require.Equal(t, persistence.ExportID("d"), next.ID)
	require.NotEqual(t, e.Task, next.Task)
	latest, err := db.A.LatestExport(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, next, latest)
	one, err := db.A.Export(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, ready, one)
	for _, id := range []string{"b", "c", ""} {
		_, err = db.A.Export(t.Context(), persistence.ExportID(id))
		requireCode(t, social.CodeExportNotFound, err)
	}
	require.NoError(t, db.A.CancelTask(t.Context(), next.Task, persistence.Change{By: "ops", At: noon}))
	latest, err = db.B.LatestExport(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, persistence.ExportFailed, latest.State, "nobody makes it any more")
	_, err = db.A.LatestExport(t.Context(), 404)
	requireCode(t, social.CodeExportNotFound, err)
	_, err = tryExport(db.A, 404, "x", noon)
	requireCode(t, social.CodeUserNotFound, err)
}

func exportBound(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	for i := range exportsEach.Most {
		e := requestExport(t, db.A, 1, fmt.Sprint("e", i), noon.Add(time.Duration(i)*time.Hour))
		endOf(t, db.A, e, true)
	}
	_, err := tryExport(db.B, 1, "late", noon.Add(3*time.Hour))
	requireCode(t, social.CodeRateLimited, err)
	require.Equal(t, day-3*time.Hour, social.AsError(err).RetryAfter, "until the first of them is old")
	list, err := db.A.ListTasks(t.Context(), persistence.TaskFilter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, exportsEach.Most, "a refused one makes no task")
	requestExport(t, db.B, 1, "later", noon.Add(day))
}

func exportRace(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	const callers = 8
	var made [callers]persistence.Export
	var errs [callers]error
	var calls []func()
	for i := range callers {
		s := []persistence.Store{db.A, db.B}[i%2]
		calls = append(calls, func() { made[i], errs[i] = tryExport(s, 1, fmt.Sprint("e", i), noon) })
	}
	together(calls...)
	for i := range callers {
		require.NoError(t, errs[i])
		require.Equal(t, made[0], made[i])
	}
	list, err := db.A.ListTasks(t.Context(), persistence.TaskFilter{Kind: "export", Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func exportReady(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	requestExport(t, db.A, 1, "a", noon)
	_, err := finishExport(db.A, "a", "key")
	requireCode(t, social.CodeUnavailable, err)
	claimExport(t, db.A, "a", "key")
	for _, s := range []persistence.Store{db.A, db.B, db.A} {
		e, err := finishExport(s, "a", "key")
		require.NoError(t, err)
		require.Equal(t, persistence.ExportReady, e.State)
		require.Equal(t, "key", e.Key)
		require.EqualValues(t, 7, e.Size)
		require.True(t, e.ExpiresAt.Equal(noon.Add(day)))
	}
	events, err := db.A.EventsOf(t.Context(), 1, 0, everything)
	require.NoError(t, err)
	require.Len(t, events, 1, "told once")
	require.Equal(t, social.EventTask, events[0].Kind)
	require.JSONEq(t, `{"task_id":"a"}`, string(events[0].Data))
	list, err := db.A.ListTasks(t.Context(), persistence.TaskFilter{Kind: "letter", Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, db.A.FailExport(t.Context(), "a", noon, nil), "too late")
	requireCode(t, social.CodeUnavailable, db.A.ClaimExport(t.Context(), "a", "other", noon, noon))
	require.Empty(t, drop(t, db.A, noon.Add(day-time.Second)))
	require.Equal(t, []string{"key"}, drop(t, db.A, noon.Add(day)))
	require.NoError(t, db.A.EndDrop(t.Context(), []string{"key"}))
}

// An attempt that was given up, and goes on all the same, changes nothing.
func exportAttempts(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	requestExport(t, db.A, 1, "a", noon)
	claimExport(t, db.A, "a", "first")
	claimExport(t, db.B, "a", "second")
	_, err := finishExport(db.A, "a", "first")
	requireCode(t, social.CodeUnavailable, err)
	ready, err := finishExport(db.B, "a", "second")
	require.NoError(t, err)
	again, err := finishExport(db.A, "a", "first")
	require.NoError(t, err)
	require.Equal(t, ready, again)
	require.Empty(t, drop(t, db.A, noon.Add(59*time.Minute)), "somebody may still be storing it")
	require.Equal(t, []string{"first"}, drop(t, db.A, noon.Add(time.Hour)))
	// One that nobody takes up is cleared away by its age.
	people(t, db.A, 2, 1)
	requestExport(t, db.A, 2, "b", noon)
	claimExport(t, db.A, "b", "third")
	require.NotContains(t, drop(t, db.A, noon.Add(day-time.Minute)), "third")
	require.Contains(t, drop(t, db.A, noon.Add(day)), "third")
	_, err = finishExport(db.A, "b", "third")
	requireCode(t, social.CodeUnavailable, err)
}

func exportFailed(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	requestExport(t, db.A, 1, "a", noon)
	claimExport(t, db.A, "a", "key")
	for range 2 {
		require.NoError(t, db.B.FailExport(t.Context(), "a", noon, json.RawMessage(`{"state":"failed"}`)))
	}
	e, err := db.A.Export(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, persistence.ExportFailed, e.State)
	events, err := db.A.EventsOf(t.Context(), 1, 0, everything)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, []string{"key"}, drop(t, db.A, noon))
	_, err = finishExport(db.A, "a", "key")
	requireCode(t, social.CodeExportNotFound, err)
	requireCode(t, social.CodeExportNotFound, db.A.ClaimExport(t.Context(), "a", "other", noon, noon))
	requireCode(t, social.CodeExportNotFound, db.A.ClaimExport(t.Context(), "none", "other", noon, noon))
	_, err = finishExport(db.A, "none", "key")
	requireCode(t, social.CodeExportNotFound, err)
	require.NoError(t, db.A.FailExport(t.Context(), "none", noon, nil))
	require.Equal(t, persistence.ExportID("b"), requestExport(t, db.A, 1, "b", noon).ID, "another may be made")
}

func exportOfDeparted(t *testing.T, db Database) {
	uid := member(t, db.A, 1)
	requestExport(t, db.A, uid, "a", noon)
	claimExport(t, db.A, "a", "key")
	depart(t, db.A, uid, noon)
	_, err := finishExport(db.A, "a", "key")
	requireCode(t, social.CodeUserNotFound, err)
	_, err = tryExport(db.A, uid, "b", noon)
	requireCode(t, social.CodeUserNotFound, err)
	require.NoError(t, db.A.FailExport(t.Context(), "a", noon, nil))
	events, err := db.A.EventsOf(t.Context(), uid, 0, everything)
	require.NoError(t, err)
	require.Empty(t, events)
	require.Equal(t, []string{"key"}, drop(t, db.A, noon))
}

// paged reads all that next gives behind each last one, a few at a time.
func paged[T any](t *testing.T, next func(last T, limit int) ([]T, error)) (all []T) {
	t.Helper()
	const few = 2
	var last T
	for {
		some, err := next(last, few)
		require.NoError(t, err)
		require.LessOrEqual(t, len(some), few)
		all = append(all, some...)
		if len(some) < few {
			return all
		}
		last = some[len(some)-1]
	}
}

func exportSlices(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	r := limits(9)
	for sid := social.UserID(6); sid > 1; sid-- {
		record(t, db.A, metered(r, 1, sid, social.MarkLike, noon.AddDate(0, 0, int(sid))))
	}
	accept(t, db.A, like(2, 1))
	accept(t, db.A, like(7, 8))
	require.NoError(t, db.A.Unfriend(t.Context(), 1, 2, noon))
	swipes := paged(t, func(last persistence.PastSwipe, limit int) ([]persistence.PastSwipe, error) {
		return db.B.SwipesAfter(t.Context(), 1, last.SID, limit)
	})
	require.Len(t, swipes, 5)
	for i, s := range swipes {
		require.Equal(t, social.UserID(i+2), s.SID)
		require.True(t, s.Time.Equal(noon.AddDate(0, 0, i+2)))
		require.Equal(t, i == 0, s.Mark == social.MarkEnded)
	}
	quotas := paged(t, func(last persistence.QuotaUse, limit int) ([]persistence.QuotaUse, error) {
		return db.B.QuotasAfter(t.Context(), 1, last, limit)
	})
	require.Len(t, quotas, 5)
	for i, q := range quotas {
		require.Equal(t, persistence.QuotaUse{Day: social.DateOf(noon.AddDate(0, 0, i+2)), Action: social.ActionLike, Used: 1}, q)
	}
	for i := range 3 {
		id := fmt.Sprint("u", i)
		arrive(t, db.A, 1, id)
		claim(t, db.A, id, id+"a", id+"b")
		_, err := publish(db.A, id, id+"a", id+"b")
		require.NoError(t, err)
	}
	arrive(t, db.A, 2, "another")
	uploads := paged(t, func(last persistence.Upload, limit int) ([]persistence.Upload, error) {
		return db.B.UploadsAfter(t.Context(), 1, last.Seq, limit)
	})
	require.Len(t, uploads, 3)
	for i, u := range uploads {
		require.Equal(t, persistence.UploadID(fmt.Sprint("u", i)), u.ID)
	}
	require.Equal(t, []string{"u2a", "u2b"}, paged(t, func(last string, limit int) ([]string, error) {
		return db.B.ObjectsAfter(t.Context(), 1, last, limit)
	}), "what is published now")
}

func exportPruned(t *testing.T, db Database) {
	people(t, db.A, 1, 5)
	for uid := social.UserID(1); uid <= 5; uid++ {
		requestExport(t, db.A, uid, fmt.Sprint("e", uid), noon.Add(time.Duration(uid)*time.Hour))
	}
	prune := func() int {
		n, err := db.B.PruneExports(t.Context(), noon.Add(4*time.Hour), 2)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, 2, prune())
	_, err := db.A.Export(t.Context(), "e2")
	requireCode(t, social.CodeExportNotFound, err)
	_, err = db.A.Export(t.Context(), "e3")
	require.NoError(t, err, "the oldest go first")
	require.Equal(t, 1, prune())
	require.Zero(t, prune())
	_, err = db.A.Export(t.Context(), "e4")
	require.NoError(t, err)
}
