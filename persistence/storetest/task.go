package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func taskCases() []testCase {
	return []testCase{
		{"task/enqueue all or none", taskAllOrNone},
		{"task/only its owner reads it", taskOwner},
		{"task/an attempt to the end", taskAttempt},
		{"task/secret arguments go with the end", taskSecret},
		{"task/unique while under way", taskUnique},
		{"task/unique once and for all", taskOnce},
		{"task/unique among many at once", taskUniqueRace},
		{"task/a mark that stays is unsettled", taskMark},
		{"task/retry a dead letter", taskRetry},
		{"task/cancel", taskCancel},
		{"task/list and count", taskList},
		{"task/a schedule's turn comes once", taskDue},
		{"task/prune", taskPrune},
	}
}

// work is a task that nobody works at.
func work(kind string) persistence.Task {
	return persistence.Task{Kind: kind, Queue: "nobody", Owner: 1, Args: []byte(`{"a":1}`), MaxAttempts: 3}
}

func enqueue(t *testing.T, s persistence.Store, task persistence.Task) persistence.Enqueued {
	t.Helper()
	made, err := s.EnqueueTasks(t.Context(), noon, task)
	require.NoError(t, err)
	require.Len(t, made, 1)
	return made[0]
}

func taskOf(t *testing.T, s persistence.Store, id persistence.TaskID) persistence.TaskRecord {
	t.Helper()
	record, err := s.Task(t.Context(), id, 1, time.Time{})
	require.NoError(t, err)
	return record
}

func fail(t *testing.T, s persistence.Store, id persistence.TaskID) {
	t.Helper()
	ended, err := s.EndTask(t.Context(), attemptAt(t, s, id), persistence.TaskEnd{Failed: true, Error: "no", Attempts: 3, At: noon})
	require.NoError(t, err)
	require.True(t, ended)
}

// attemptAt finds the number of a task's job. Jobs of a fresh database are few.
func attemptAt(t *testing.T, s persistence.Store, id persistence.TaskID) persistence.TaskAttempt {
	t.Helper()
	for job := int64(50); job > 0; job-- {
		a := persistence.TaskAttempt{ID: id, Job: job}
		in, err := s.BeginTask(t.Context(), a, false)
		require.NoError(t, err)
		if !in.Ended {
			return a
		}
	}
	require.Fail(t, "the task has no job")
	return persistence.TaskAttempt{}
}

func taskAllOrNone(t *testing.T, db Database) {
	bad := work("bad")
	bad.MaxAttempts = 0
	_, err := db.A.EnqueueTasks(t.Context(), noon, work("good"), bad)
	requireCode(t, social.CodeInvalidRequest, err)
	bad = work("bad")
	bad.Args = []byte(strings.Repeat("x", persistence.MaxTaskArgs+1))
	_, err = db.A.EnqueueTasks(t.Context(), noon, work("good"), bad)
	requireCode(t, social.CodeInvalidRequest, err)
	list, err := db.B.ListTasks(t.Context(), persistence.TaskFilter{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, list, "the transaction of the first was rolled back")

	made, err := db.A.EnqueueTasks(t.Context(), noon, work("one"), work("two"))
	require.NoError(t, err)
	require.NotEqual(t, made[0].ID, made[1].ID)
	record := taskOf(t, db.B, made[1].ID)
	require.Equal(t, persistence.TaskRecord{
		ID: made[1].ID, Seq: record.Seq, Kind: "two", Queue: "nobody", Owner: 1, State: persistence.TaskQueued, CreatedAt: noon.UTC(),
	}, record)
}

func taskOwner(t *testing.T, db Database) {
	id := enqueue(t, db.A, work("mine")).ID
	taskOf(t, db.B, id)
	_, err := db.B.Task(t.Context(), id, 2, time.Time{})
	requireCode(t, social.CodeTaskNotFound, err)
	for _, unknown := range []persistence.TaskID{"", "1", persistence.NewTaskID(), "' OR true --"} {
		_, err = db.B.Task(t.Context(), unknown, 1, time.Time{})
		requireCode(t, social.CodeTaskNotFound, err)
	}
	nobodys := work("nobody's")
	nobodys.Owner = 0
	id = enqueue(t, db.A, nobodys).ID
	_, err = db.B.Task(t.Context(), id, 0, time.Time{})
	requireCode(t, social.CodeTaskNotFound, err)
}

func taskAttempt(t *testing.T, db Database) {
	id := enqueue(t, db.A, work("upload")).ID
	a := attemptAt(t, db.B, id)
	in, err := db.B.BeginTask(t.Context(), a, false)
	require.NoError(t, err)
	require.Equal(t, persistence.TaskInput{Owner: 1, Args: []byte(`{"a":1}`)}, in)

	require.NoError(t, db.B.SetTaskProgress(t.Context(), a, 40))
	require.NoError(t, db.B.FailAttempt(t.Context(), a, "the store is away"))
	require.NoError(t, db.B.FailAttempt(t.Context(), a, ""), "keeps what it was")
	record := taskOf(t, db.A, id)
	require.Equal(t, 40, record.Progress)
	require.Equal(t, "the store is away", record.Error)

	other := persistence.TaskAttempt{ID: id, Job: a.Job + 1}
	ended, err := db.A.EndTask(t.Context(), other, persistence.TaskEnd{Failed: true, Error: "mine", At: noon})
	require.NoError(t, err)
	require.False(t, ended, "by an attempt that is not the task's")

	later := noon.Add(time.Minute).UTC()
	ended, err = db.B.EndTask(t.Context(), a, persistence.TaskEnd{Result: []byte(`{"url":"x"}`), Attempts: 2, At: later})
	require.NoError(t, err)
	require.True(t, ended)
	ended, err = db.B.EndTask(t.Context(), a, persistence.TaskEnd{Failed: true, Error: "late", Attempts: 3, At: later})
	require.NoError(t, err)
	require.False(t, ended, "it ended before")
	require.NoError(t, db.B.SetTaskProgress(t.Context(), a, 1))

	record = taskOf(t, db.A, id)
	require.Equal(t, persistence.TaskRecord{
		ID: id, Seq: record.Seq, Kind: "upload", Queue: "nobody", Owner: 1, State: persistence.TaskDone, Attempts: 2,
		Progress: 100, Result: []byte(`{"url":"x"}`), CreatedAt: noon.UTC(), EndedAt: later,
	}, record)
	in, err = db.A.BeginTask(t.Context(), a, true)
	require.NoError(t, err)
	require.True(t, in.Ended, "arriving again changes nothing")

	_, err = db.A.Task(t.Context(), id, 1, later)
	require.NoError(t, err)
	_, err = db.A.Task(t.Context(), id, 1, later.Add(time.Microsecond))
	requireCode(t, social.CodeTaskNotFound, err)
}

func taskSecret(t *testing.T, db Database) {
	secret := work("sms")
	secret.Secret = true
	id := enqueue(t, db.A, secret).ID
	fail(t, db.A, id)
	require.False(t, taskOf(t, db.B, id).Retryable)
	requireCode(t, social.CodeInvalidRequest, db.A.RetryTask(t.Context(), id, change))
}

func taskUnique(t *testing.T, db Database) {
	task := work("export")
	task.Unique = "of 1"
	first := enqueue(t, db.A, task)
	require.False(t, first.Existing)
	require.Equal(t, persistence.Enqueued{ID: first.ID, Existing: true}, enqueue(t, db.B, task))
	other := task
	other.Kind = "erase"
	require.False(t, enqueue(t, db.B, other).Existing, "of another kind")

	fail(t, db.A, first.ID)
	second := enqueue(t, db.B, task)
	require.False(t, second.Existing, "the first one has ended")
	require.NotEqual(t, first.ID, second.ID)
	requireCode(t, social.CodeTaskConflict, db.A.RetryTask(t.Context(), first.ID, change))
	fail(t, db.A, second.ID)
	require.NoError(t, db.A.RetryTask(t.Context(), first.ID, change))
	require.True(t, enqueue(t, db.B, task).Existing, "a retried task has its name again")
}

func taskOnce(t *testing.T, db Database) {
	task := work("notice")
	task.Unique, task.Once = "of this cause", true
	id := enqueue(t, db.A, task).ID
	fail(t, db.A, id)
	require.Equal(t, persistence.Enqueued{ID: id, Existing: true}, enqueue(t, db.B, task))
}

func taskUniqueRace(t *testing.T, db Database) {
	task := work("export")
	task.Unique = "of 1"
	var made [8]persistence.Enqueued
	var calls []func()
	for i := range made {
		s := []persistence.Store{db.A, db.B}[i%2]
		calls = append(calls, func() {
			out, err := s.EnqueueTasks(background(), noon, task)
			if err == nil {
				made[i] = out[0]
			}
		})
	}
	together(calls...)
	fresh := 0
	for _, m := range made {
		require.Equal(t, made[0].ID, m.ID)
		if !m.Existing {
			fresh++
		}
	}
	require.Equal(t, 1, fresh)
}

func taskMark(t *testing.T, db Database) {
	id := enqueue(t, db.A, work("sms")).ID
	a := attemptAt(t, db.A, id)
	begin := func() persistence.TaskInput {
		in, err := db.B.BeginTask(t.Context(), a, true)
		require.NoError(t, err)
		return in
	}
	require.False(t, begin().Unsettled)
	require.True(t, begin().Unsettled, "the attempt before never said how it went")
	require.NoError(t, db.A.FailAttempt(t.Context(), a, "refused"))
	require.False(t, begin().Unsettled)
}

func taskRetry(t *testing.T, db Database) {
	requireCode(t, social.CodeTaskNotFound, db.A.RetryTask(t.Context(), "none", change))
	id := enqueue(t, db.A, work("upload")).ID
	requireCode(t, social.CodeInvalidRequest, db.A.RetryTask(t.Context(), id, change))
	old := attemptAt(t, db.A, id)
	fail(t, db.A, id)
	dead := taskOf(t, db.B, id)
	require.Equal(t, persistence.TaskFailed, dead.State)
	require.Equal(t, "no", dead.Error)
	require.True(t, dead.Retryable)

	require.NoError(t, db.B.RetryTask(t.Context(), id, change))
	again := taskOf(t, db.A, id)
	require.Equal(t, persistence.TaskRecord{
		ID: id, Seq: dead.Seq, Kind: "upload", Queue: "nobody", Owner: 1, State: persistence.TaskQueued, CreatedAt: noon.UTC(),
	}, again)
	in, err := db.A.BeginTask(t.Context(), old, false)
	require.NoError(t, err)
	require.True(t, in.Ended, "for the attempt that was given up")
	in, err = db.A.BeginTask(t.Context(), attemptAt(t, db.A, id), false)
	require.NoError(t, err)
	require.Equal(t, []byte(`{"a":1}`), in.Args)
}

func taskCancel(t *testing.T, db Database) {
	requireCode(t, social.CodeTaskNotFound, db.A.CancelTask(t.Context(), "none", change))
	id := enqueue(t, db.A, work("upload")).ID
	for range 2 {
		require.NoError(t, db.B.CancelTask(t.Context(), id, change))
		record := taskOf(t, db.A, id)
		require.Equal(t, persistence.TaskFailed, record.State)
		require.Equal(t, "It was cancelled.", record.Error)
		require.Equal(t, noon.UTC(), record.EndedAt)
	}
	require.NoError(t, db.A.RetryTask(t.Context(), id, change))
	require.Equal(t, persistence.TaskQueued, taskOf(t, db.B, id).State)
}

func taskList(t *testing.T, db Database) {
	var ids []persistence.TaskID
	for _, kind := range []string{"a", "b", "a"} {
		ids = append(ids, enqueue(t, db.A, work(kind)).ID)
	}
	fail(t, db.A, ids[0])
	list := func(f persistence.TaskFilter) (got []persistence.TaskID) {
		records, err := db.B.ListTasks(t.Context(), f)
		require.NoError(t, err)
		for i := range records {
			got = append(got, records[i].ID)
		}
		return got
	}
	require.Equal(t, []persistence.TaskID{ids[2], ids[1], ids[0]}, list(persistence.TaskFilter{Limit: 5}))
	require.Equal(t, []persistence.TaskID{ids[2]}, list(persistence.TaskFilter{Limit: 1}))
	require.Equal(t, []persistence.TaskID{ids[1], ids[0]}, list(persistence.TaskFilter{Limit: 5, Before: taskOf(t, db.A, ids[2]).Seq}))
	require.Equal(t, []persistence.TaskID{ids[2], ids[0]}, list(persistence.TaskFilter{Limit: 5, Kind: "a"}))
	require.Equal(t, []persistence.TaskID{ids[0]}, list(persistence.TaskFilter{Limit: 5, State: persistence.TaskFailed}))
	require.Equal(t, []persistence.TaskID{ids[2]}, list(persistence.TaskFilter{Limit: 5, State: persistence.TaskQueued, Kind: "a"}))
	require.Empty(t, list(persistence.TaskFilter{Limit: 5, State: persistence.TaskDone}))

	counts, err := db.A.CountTasks(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, []persistence.TaskCount{
		{Kind: "a", State: persistence.TaskFailed, Count: 1},
		{Kind: "a", State: persistence.TaskQueued, Count: 1},
		{Kind: "b", State: persistence.TaskQueued, Count: 1},
	}, counts)
}

func taskDue(t *testing.T, db Database) {
	var mine [6]bool
	var calls []func()
	for i := range mine {
		s := []persistence.Store{db.A, db.B}[i%2]
		calls = append(calls, func() { mine[i], _ = s.EnqueueDue(background(), "nightly", noon, noon, work("prune")) })
	}
	together(calls...)
	require.Len(t, trues(mine[:]), 1)

	again, err := db.A.EnqueueDue(t.Context(), "nightly", noon.Add(-time.Hour), noon, work("prune"))
	require.NoError(t, err)
	require.False(t, again, "an earlier turn")
	again, err = db.A.EnqueueDue(t.Context(), "nightly", noon.Add(time.Hour), noon, work("prune"))
	require.NoError(t, err)
	require.True(t, again, "the next turn")
	again, err = db.A.EnqueueDue(t.Context(), "hourly", noon, noon, work("prune"))
	require.NoError(t, err)
	require.True(t, again, "another schedule")
	list, err := db.A.ListTasks(t.Context(), persistence.TaskFilter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 3)
}

func trues(all []bool) (out []bool) {
	for _, b := range all {
		if b {
			out = append(out, b)
		}
	}
	return out
}

func taskPrune(t *testing.T, db Database) {
	var ids []persistence.TaskID
	for i := range 4 {
		id := enqueue(t, db.A, work("upload")).ID
		ids = append(ids, id)
		if i == 3 {
			break // goes on
		}
		_, err := db.A.EndTask(t.Context(), attemptAt(t, db.A, id), persistence.TaskEnd{Failed: i == 2, Attempts: 1, At: noon.Add(time.Duration(i) * time.Hour)})
		require.NoError(t, err)
	}
	prune := func(done, failed time.Time, limit int) int {
		n, err := db.B.PruneTasks(t.Context(), done, failed, limit)
		require.NoError(t, err)
		return n
	}
	require.Zero(t, prune(noon, noon.Add(2*time.Hour), 10), "none is that old")
	require.Equal(t, 1, prune(noon.Add(9*time.Hour), noon, 1))
	require.Equal(t, 1, prune(noon.Add(9*time.Hour), noon, 10), "the failed one is kept")
	require.Equal(t, 1, prune(noon, noon.Add(9*time.Hour), 10))
	require.Equal(t, persistence.TaskQueued, taskOf(t, db.A, ids[3]).State)
}
