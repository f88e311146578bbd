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

func uploadCases() []testCase {
	return []testCase{
		{"upload/few at once for each user", uploadBound},
		{"upload/dead tasks do not count", uploadDead},
		{"upload/not long after its end", uploadLate},
		{"upload/accepted once, with its task", uploadAccepted},
		{"upload/bytes are bounded", uploadData},
		{"upload/the latest picture is shown", uploadOrder},
		{"upload/the latest of many at once", uploadRace},
		{"upload/the same picture again", uploadAgain},
		{"upload/a failed one leaves nothing", uploadFailed},
		{"upload/what is being deleted is not claimed", uploadDrop},
		{"upload/listed by age and forgotten", uploadForgotten},
	}
}

const (
	uploadsEach = 3
	manyBytes   = 1 << 20
)

func openUpload(t *testing.T, s persistence.Store, uid social.UserID, id string) persistence.Upload {
	t.Helper()
	u, err := s.OpenUpload(background(), uploadOf(uid, id, persistence.UploadAvatar), uploadsEach)
	require.NoError(t, err)
	return u
}

func uploadOf(uid social.UserID, id string, purpose persistence.UploadPurpose) persistence.Upload {
	return persistence.Upload{ID: persistence.UploadID(id), UID: uid, Purpose: purpose, CreatedAt: noon, ExpiresAt: noon.Add(time.Minute)}
}

func acceptUpload(s persistence.Store, uid social.UserID, id string, data []byte) (persistence.TaskID, error) {
	return acceptUploadAt(s, uid, id, data, noon)
}

func acceptUploadAt(s persistence.Store, uid social.UserID, id string, data []byte, at time.Time) (persistence.TaskID, error) {
	task := work("picture")
	task.Unique, task.Once = id, true
	return s.AcceptUpload(background(), &persistence.Acceptance{
		ID: persistence.UploadID(id), UID: uid, Data: data, MostData: manyBytes, At: at, Task: task,
	})
}

// arrive opens and accepts an upload.
func arrive(t *testing.T, s persistence.Store, uid social.UserID, id string) {
	t.Helper()
	openUpload(t, s, uid, id)
	_, err := acceptUpload(s, uid, id, nil)
	require.NoError(t, err)
}

func claim(t *testing.T, s persistence.Store, id string, keys ...string) {
	t.Helper()
	require.NoError(t, s.ClaimObjects(background(), persistence.UploadID(id), keys, noon))
}

// publish publishes an upload with one key, or two: the medium and the large size.
func publish(s persistence.Store, id string, keys ...string) (bool, error) {
	u, err := publishAs(s, persistence.PhotoApproved, id, keys...)
	return u.Published, err
}

func publishAs(s persistence.Store, state persistence.PhotoState, id string, keys ...string) (persistence.Upload, error) {
	return s.PublishUpload(background(), &persistence.Publication{
		ID: persistence.UploadID(id), Picture: persistence.Picture{
			Large: keys[len(keys)-1], Medium: keys[0], Small: keys[0], BlurHash: "of " + id,
		}, State: state, Keys: keys, At: noon, DropAt: noon.Add(time.Hour),
		Event: json.RawMessage(`{"task_id":"` + id + `"}`), Then: []persistence.Task{work("prefetch " + id)},
	})
}

func requireAvatar(t *testing.T, s persistence.Store, uid social.UserID, key, blurHash string) {
	t.Helper()
	u, err := s.User(background(), uid)
	require.NoError(t, err)
	require.Equal(t, [2]string{key, blurHash}, [2]string{u.Avatar, u.AvatarBlurHash})
}

// drop begins to delete what is due and says what that is.
func drop(t *testing.T, s persistence.Store, at time.Time) []string {
	t.Helper()
	keys, err := s.BeginDrop(background(), at, at.Add(-24*time.Hour), everything)
	require.NoError(t, err)
	return keys
}

func uploadBound(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	for i := range uploadsEach {
		openUpload(t, db.A, 1, fmt.Sprint("u", i))
	}
	again := openUpload(t, db.B, 1, "u0")
	require.Equal(t, persistence.UploadOpen, again.State)
	require.Positive(t, again.Seq)
	next := persistence.Upload{ID: "u9", UID: 1, Purpose: persistence.UploadAvatar, CreatedAt: noon, ExpiresAt: noon.Add(time.Minute)}
	_, err := db.A.OpenUpload(background(), next, uploadsEach)
	requireCode(t, social.CodeRateLimited, err)
	next.UID, next.ID = 2, "u0"
	_, err = db.A.OpenUpload(background(), next, uploadsEach)
	requireCode(t, social.CodeUploadNotFound, err)
	next.UID, next.ID = 99, "u9"
	_, err = db.A.OpenUpload(background(), next, uploadsEach)
	requireCode(t, social.CodeUserNotFound, err)
	for _, other := range []func(*persistence.Upload){
		func(u *persistence.Upload) { u.Purpose = persistence.UploadPhoto },
		func(u *persistence.Upload) { u.Direct = true },
		func(u *persistence.Upload) { u.Digest = "other" },
	} {
		u := uploadOf(1, "u0", persistence.UploadAvatar)
		other(&u)
		_, err = db.B.OpenUpload(background(), u, uploadsEach)
		requireCode(t, social.CodeIdempotencyMismatch, err)
	}
	next.UID, next.CreatedAt = 1, noon.Add(2*time.Minute)
	_, err = db.A.OpenUpload(background(), next, uploadsEach)
	require.NoError(t, err, "the others have expired")
}

// What waits for an operator does not keep its user from sending another picture.
func uploadDead(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	var last persistence.TaskID
	for i := range uploadsEach {
		id := fmt.Sprint("u", i)
		openUpload(t, db.A, 1, id)
		var err error
		last, err = acceptUpload(db.A, 1, id, nil)
		require.NoError(t, err)
	}
	next := persistence.Upload{ID: "u9", UID: 1, Purpose: persistence.UploadAvatar, CreatedAt: noon, ExpiresAt: noon.Add(time.Minute)}
	_, err := db.A.OpenUpload(background(), next, uploadsEach)
	requireCode(t, social.CodeRateLimited, err)
	require.NoError(t, db.B.CancelTask(background(), last, persistence.Change{By: "ops", At: noon}))
	_, err = db.A.OpenUpload(background(), next, uploadsEach)
	require.NoError(t, err)
}

func uploadLate(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	for id, c := range map[string]struct {
		late time.Duration
		ok   bool
	}{"u": {persistence.UploadLate, true}, "v": {persistence.UploadLate + time.Second, false}} {
		u := openUpload(t, db.A, 1, id)
		_, err := acceptUploadAt(db.A, 1, id, nil, u.ExpiresAt.Add(c.late))
		if c.ok {
			require.NoError(t, err)
		} else {
			requireCode(t, social.CodeUploadNotFound, err)
		}
	}
}

func uploadAccepted(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	openUpload(t, db.A, 1, "u")
	_, err := acceptUpload(db.A, 2, "u", nil)
	requireCode(t, social.CodeUploadNotFound, err)
	_, err = acceptUpload(db.A, 1, "v", nil)
	requireCode(t, social.CodeUploadNotFound, err)
	var ids [8]persistence.TaskID
	var errs [8]error
	var calls []func()
	for i := range ids {
		s := []persistence.Store{db.A, db.B}[i%2]
		calls = append(calls, func() { ids[i], errs[i] = acceptUpload(s, 1, "u", []byte("bytes")) })
	}
	together(calls...)
	for i := range ids {
		require.NoError(t, errs[i])
		require.Equal(t, ids[0], ids[i])
	}
	require.Equal(t, persistence.TaskQueued, taskOf(t, db.A, ids[0]).State)
	u, err := db.B.Upload(background(), "u")
	require.NoError(t, err)
	require.Equal(t, persistence.UploadAccepted, u.State)
	require.Equal(t, ids[0], u.Task)
	data, err := db.B.UploadData(background(), "u")
	require.NoError(t, err)
	require.Equal(t, "bytes", string(data))
}

func uploadData(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	openUpload(t, db.A, 1, "u")
	openUpload(t, db.A, 1, "v")
	_, err := acceptUpload(db.A, 1, "u", make([]byte, manyBytes-1))
	require.NoError(t, err)
	_, err = acceptUpload(db.A, 1, "v", make([]byte, 2))
	requireCode(t, social.CodeUnavailable, err)
	v, err := db.A.Upload(background(), "v")
	require.NoError(t, err)
	require.Equal(t, persistence.UploadOpen, v.State, "neither bytes nor task")
	data, err := db.A.UploadData(background(), "v")
	require.NoError(t, err)
	require.Nil(t, data)
	claim(t, db.A, "u", "k")
	_, err = publish(db.A, "u", "k")
	require.NoError(t, err)
	_, err = acceptUpload(db.A, 1, "v", make([]byte, 2))
	require.NoError(t, err, "those of u are gone")
}

func uploadOrder(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	for _, id := range []string{"a", "b", "c"} {
		arrive(t, db.A, 1, id)
	}
	claim(t, db.A, "a", "a1", "a2")
	claim(t, db.B, "b", "b1", "b2")
	published, err := publish(db.A, "b", "b1", "b2")
	require.NoError(t, err)
	require.True(t, published)
	published, err = publish(db.B, "a", "a1", "a2")
	require.NoError(t, err)
	require.False(t, published, "overtaken")
	requireAvatar(t, db.A, 1, "b1", "of b")
	published, err = publish(db.A, "b", "b1", "b2")
	require.NoError(t, err)
	require.True(t, published, "again")
	require.Empty(t, drop(t, db.A, noon), "not yet")
	require.ElementsMatch(t, []string{"a1", "a2"}, drop(t, db.A, noon.Add(time.Hour)))
	claim(t, db.A, "c", "c1")
	_, err = publish(db.A, "c", "c1")
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"b1", "b2"}, drop(t, db.A, noon.Add(time.Hour)))

	events, err := db.A.EventsOf(background(), 1, 0, everything)
	require.NoError(t, err)
	require.Len(t, events, 3, "one for each end")
	require.Equal(t, social.EventTask, events[0].Kind)
	require.JSONEq(t, `{"task_id":"b"}`, string(events[0].Data))
	tasks, err := db.A.ListTasks(background(), persistence.TaskFilter{Kind: "prefetch b", Limit: everything})
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	tasks, err = db.A.ListTasks(background(), persistence.TaskFilter{Kind: "prefetch a", Limit: everything})
	require.NoError(t, err)
	require.Empty(t, tasks)
}

func uploadRace(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	for round := range 10 {
		var calls []func()
		var errs [uploadsEach]error
		for i := range uploadsEach {
			id := fmt.Sprintf("r%dn%d", round, i)
			arrive(t, db.A, 1, id)
			s := []persistence.Store{db.A, db.B}[i%2]
			calls = append(calls, func() {
				if errs[i] = s.ClaimObjects(background(), persistence.UploadID(id), []string{id}, noon); errs[i] == nil {
					_, errs[i] = publish(s, id, id)
				}
			})
		}
		together(calls...)
		for _, err := range errs {
			require.NoError(t, err)
		}
		last := fmt.Sprintf("r%dn%d", round, uploadsEach-1)
		requireAvatar(t, db.A, 1, last, "of "+last)
	}
	require.Len(t, drop(t, db.A, noon.Add(time.Hour)), 10*uploadsEach-1, "all but the one that is shown")
}

// Equal pictures have equal keys: the object must outlive the first of them.
func uploadAgain(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	arrive(t, db.A, 1, "a")
	claim(t, db.A, "a", "same", "old")
	_, err := publish(db.A, "a", "same", "old")
	require.NoError(t, err)
	arrive(t, db.A, 1, "b")
	claim(t, db.A, "b", "same")
	_, err = publish(db.A, "b", "same")
	require.NoError(t, err)
	require.Equal(t, []string{"old"}, drop(t, db.A, noon.Add(time.Hour)))
	requireAvatar(t, db.A, 1, "same", "of b")

	// Dropped, and wanted again before it was deleted.
	arrive(t, db.A, 1, "c")
	claim(t, db.A, "c", "other")
	_, err = publish(db.A, "c", "other")
	require.NoError(t, err)
	arrive(t, db.A, 1, "d")
	claim(t, db.A, "d", "same")
	_, err = publish(db.A, "d", "same")
	require.NoError(t, err)
	require.Equal(t, []string{"other"}, drop(t, db.A, noon.Add(time.Hour)))
}

func uploadFailed(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	openUpload(t, db.A, 1, "a")
	_, err := acceptUpload(db.A, 1, "a", []byte("bytes"))
	require.NoError(t, err)
	claim(t, db.A, "a", "a1")
	for range 2 {
		require.NoError(t, db.A.FailUpload(background(), "a", noon, json.RawMessage(`{"state":"failed"}`)))
	}
	require.NoError(t, db.A.FailUpload(background(), "unknown", noon, nil))
	data, err := db.A.UploadData(background(), "a")
	require.NoError(t, err)
	require.Nil(t, data)
	require.Equal(t, []string{"a1"}, drop(t, db.A, noon))
	_, err = publish(db.A, "a", "a1")
	requireCode(t, social.CodeUploadNotFound, err)
	events, err := db.A.EventsOf(background(), 1, 0, everything)
	require.NoError(t, err)
	require.Len(t, events, 1)
	for i := range uploadsEach { // it does not count any more
		openUpload(t, db.A, 1, fmt.Sprint("u", i))
	}
}

func uploadDrop(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	arrive(t, db.A, 1, "a")
	claim(t, db.A, "a", "a1")
	late := noon.Add(25 * time.Hour)
	require.Equal(t, []string{"a1"}, drop(t, db.A, late), "claimed, and never published")
	require.Empty(t, drop(t, db.B, late), "somebody is at it")
	requireCode(t, social.CodeUnavailable, db.A.ClaimObjects(background(), "a", []string{"a0", "a1"}, late))
	_, err := publish(db.A, "a", "a1")
	requireCode(t, social.CodeUnavailable, err)
	require.Equal(t, []string{"a1"}, drop(t, db.B, late.Add(persistence.DropHalted)), "whoever was at it has died")
	require.NoError(t, db.A.EndDrop(background(), []string{"a1"}))
	claim(t, db.A, "a", "a1")
	published, err := publish(db.A, "a", "a1")
	require.NoError(t, err)
	require.True(t, published)
	requireCode(t, social.CodeUploadNotFound, db.A.ClaimObjects(background(), "unknown", []string{"x"}, noon))
}

func uploadForgotten(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	openUpload(t, db.A, 1, "a")
	openUpload(t, db.A, 1, "b")
	_, err := acceptUpload(db.A, 1, "b", []byte("bytes"))
	require.NoError(t, err)
	list := func(state persistence.UploadState, before time.Time) []persistence.Upload {
		got, err := db.B.ListUploads(background(), state, before, everything)
		require.NoError(t, err)
		return got
	}
	require.Empty(t, list(persistence.UploadOpen, noon))
	require.Len(t, list(persistence.UploadOpen, noon.Add(time.Second)), 1)
	require.Len(t, list(persistence.UploadAccepted, noon.Add(time.Second)), 1)
	require.NoError(t, db.A.ForgetUpload(background(), "b"))
	_, err = db.A.Upload(background(), "b")
	requireCode(t, social.CodeUploadNotFound, err)
	data, err := db.A.UploadData(background(), "b")
	require.NoError(t, err)
	require.Nil(t, data)
}
