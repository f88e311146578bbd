package exports_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/exports"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// live gives ada a life of more swipes than a slice holds.
func (w *world) live(t *testing.T) {
	t.Helper()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var batch []persistence.Record
	for sid := bob; sid <= 1500; sid++ {
		batch = append(batch, persistence.Record{Swipe: social.Swipe{UID: ada, SID: sid, Mark: social.MarkLike, Time: at}})
	}
	batch = append(batch, persistence.Record{Swipe: social.Swipe{UID: bob, SID: ada, Mark: social.MarkSuperlike, Time: at}},
		persistence.Record{Swipe: social.Swipe{UID: 1600, SID: ada, Mark: social.MarkLike, Time: at}})
	out, err := w.db.RecordSwipes(t.Context(), batch)
	require.NoError(t, err)
	for _, r := range out {
		require.NoError(t, r.Err)
	}
	_, err = w.db.Rewind(t.Context(), persistence.RewindRequest{
		UID: ada, Time: at, Meter: social.Meter{Action: social.ActionRewind, Day: social.DateOf(at), Limit: 3}, ResetsAt: at.Add(time.Hour),
	})
	require.NoError(t, err)
	_, err = w.db.CreateSession(t.Context(), persistence.Session{
		ID: "sessionwithsecret", UID: ada, Generation: 1, Secret: []byte("hash"), CreatedAt: at, UsedAt: at, ExpiresAt: at.AddDate(1, 0, 0),
	})
	require.NoError(t, err)
	u, err := w.db.OpenUpload(t.Context(), persistence.Upload{
		ID: "picture", UID: ada, Purpose: persistence.UploadAvatar, CreatedAt: at, ExpiresAt: at.Add(time.Hour),
	}, 3)
	require.NoError(t, err)
	_, err = w.db.AcceptUpload(t.Context(), &persistence.Acceptance{
		ID: u.ID, UID: ada, At: at, Task: persistence.Task{Kind: "none", Queue: "none", MaxAttempts: 1},
	})
	require.NoError(t, err)
	keys := []string{"pictures/aa/one.jpg", "pictures/aa/two.jpg"}
	require.NoError(t, w.db.ClaimObjects(t.Context(), u.ID, keys, at))
	for _, key := range keys {
		require.NoError(t, w.media.Store.Put(t.Context(), media.Key(key), strings.NewReader(key), int64(len(key)), "image/jpeg"))
	}
	published, err := w.db.PublishUpload(t.Context(), &persistence.Publication{
		ID: u.ID, Picture: persistence.Picture{Large: keys[0], Medium: keys[0], Small: keys[1]}, State: persistence.PhotoApproved, Keys: keys, At: at, DropAt: at,
	})
	require.NoError(t, err)
	require.True(t, published.Published)
}

func rows(t *testing.T, files map[string]string, name string) (out []map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(files[name]), &out), "%s: %s", name, files[name])
	return out
}

func TestAnExportHoldsWhatIsTheUsersOwn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.live(t)
	e := w.request(t, ada)
	made, err := w.make(t, e, false)
	require.NoError(t, err)
	require.Equal(t, "/v1/exports/"+string(e.ID), made.URL)
	require.EqualValues(t, 1, w.told.Load())
	files := w.read(t, e)
	var account map[string]any
	require.NoError(t, json.Unmarshal([]byte(files["account.json"]), &account))
	require.Equal(t, "n1", account["nickname"])
	require.Equal(t, "+861", account["phone"])
	require.NotContains(t, account, "birthday", "what is not known is not there")
	swipes := rows(t, files, "swipes.json")
	require.Len(t, swipes, 1498)
	require.Equal(t, map[string]any{"user_id": 2.0, "mark": "like", "time": "2026-03-01T00:00:00Z"}, swipes[0])
	require.Equal(t, "2026-03-01T00:00:00Z", rows(t, files, "rewinds.json")[0]["rewound_at"])
	require.Equal(t, []map[string]any{{"user_id": 2.0, "since": "2026-03-01T00:00:00Z"}}, rows(t, files, "friends.json"))
	require.Equal(t, "match", rows(t, files, "events.json")[0]["kind"])
	require.Equal(t, []map[string]any{{"day": "2026-03-01", "action": "rewind", "used": 1.0}}, rows(t, files, "quotas.json"))
	require.Len(t, rows(t, files, "sessions.json"), 1)
	require.Equal(t, true, rows(t, files, "uploads.json")[0]["published"])
	require.Equal(t, "pictures/one.jpg", rows(t, files, "photos.json")[0]["file"])
	require.Equal(t, "pictures/aa/one.jpg", files["pictures/one.jpg"])
	require.Len(t, files, 11)
	for name, text := range files {
		for _, secret := range []string{"sessionwithsecret", "hash", "n2", "1600", "superlike"} {
			require.NotContains(t, text, secret, name)
		}
	}
	again, err := w.make(t, e, false)
	require.NoError(t, err)
	require.Equal(t, made, again, "done again, it is the same")
	require.EqualValues(t, 1, w.told.Load())

	other := w.request(t, bob)
	_, err = w.make(t, other, false)
	require.NoError(t, err)
	require.Equal(t, "[]\n", w.read(t, other)["uploads.json"])
	for _, wrong := range []struct {
		uid social.UserID
		id  persistence.ExportID
	}{{bob, e.ID}, {ada, other.ID}, {ada, ""}, {ada, "../x"}} {
		_, err = w.Open(t.Context(), wrong.uid, wrong.id)
		require.Equal(t, social.CodeExportNotFound, social.CodeOf(err), "%v", wrong)
	}
}

func TestAnExportExpires(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.request(t, ada)
	_, err := w.Open(t.Context(), ada, e.ID)
	require.Equal(t, social.CodeExportNotFound, social.CodeOf(err), "not ready")
	made, err := w.make(t, e, false)
	require.NoError(t, err)
	latest, err := w.Latest(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, made, exports.MadeOf(&latest))
	w.media.link = "https://elsewhere"
	d, err := w.Open(t.Context(), ada, e.ID)
	require.NoError(t, err)
	require.Equal(t, exports.Download{Link: "https://elsewhere", Size: made.Size}, d)
	w.media.link = ""
	w.pass(24*time.Hour - time.Second)
	require.NoError(t, w.sweep.Sweep(t.Context()))
	require.NotEmpty(t, w.read(t, e))
	w.pass(time.Second)
	_, err = w.Open(t.Context(), ada, e.ID)
	require.Equal(t, social.CodeExportNotFound, social.CodeOf(err))
	_, err = w.Latest(t.Context(), ada)
	require.Equal(t, social.CodeExportNotFound, social.CodeOf(err))
	require.NoError(t, w.sweep.Sweep(t.Context()))
	require.Zero(t, w.stored(t))
	require.NotEqual(t, e.ID, w.request(t, ada).ID, "another may be made")
}

// Whichever operation on the store fails, done or not, or is the last of a
// process that dies there, the next attempt ends well, and nothing is left behind
// once it has expired.
func TestMakingIsSafeToRepeatFromAnyStep(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		for step := int64(0); ; step++ {
			w := setup(t)
			w.live(t)
			pictures := w.stored(t)
			e := w.request(t, ada)
			w.media.Lost = lost
			w.media.Spare.Store(step)
			_, err := w.make(t, e, false)
			failed := err != nil
			w.media.Mend()
			if failed {
				require.True(t, media.Passing(err), "step %d: %v", step, err)
				_, err = w.make(t, e, false)
			}
			require.NoError(t, err, "step %d", step)
			require.Len(t, w.read(t, e), 11)
			require.EqualValues(t, 1, w.told.Load(), "once")
			w.pass(25 * time.Hour)
			require.NoError(t, w.sweep.Sweep(t.Context()))
			require.Equal(t, pictures, w.stored(t), "step %d", step)
			if !failed {
				require.Greater(t, step, int64(3), "each of the steps was failed")
				break
			}
		}
	}
}

func TestAnExportThatFailsIsTold(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.request(t, ada)
	w.media.Spare.Store(0)
	_, err := w.make(t, e, true)
	require.True(t, tasks.IsPermanent(err))
	require.EqualValues(t, 1, w.told.Load())
	latest, err := w.Latest(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, persistence.ExportFailed, latest.State)
	events, err := w.db.EventsOf(t.Context(), ada, 0, 10)
	require.NoError(t, err)
	require.Contains(t, string(events[0].Data), `"failed"`)
	require.NoError(t, w.sweep.Sweep(t.Context()))
	require.Zero(t, w.stored(t))
}

// A node that stops puts the task back, also at its last attempt.
func TestAnExportThatIsInterruptedGoesOn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.request(t, ada)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Make(ctx, &tasks.Run{ID: e.Task, Owner: ada, Attempt: 1, Final: true}, exports.Args{Export: e.ID})
	require.Error(t, err)
	require.False(t, tasks.IsPermanent(err))
	_, err = w.make(t, e, false)
	require.NoError(t, err)
}

func TestNobodyIsToldOfWhoHasLeft(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.request(t, ada)
	_, err := w.db.Depart(t.Context(), ada, time.Date(2026, 3, 4, 6, 0, 0, 0, time.UTC), persistence.Task{Kind: "erase", Queue: "none", MaxAttempts: 1})
	require.NoError(t, err)
	_, err = w.make(t, e, false)
	require.NoError(t, err, "nothing has failed")
	require.Zero(t, w.told.Load())
	require.Zero(t, w.stored(t))
	_, err = w.Open(t.Context(), ada, e.ID)
	require.Equal(t, social.CodeUserNotFound, social.CodeOf(err))
	_, err = w.Latest(t.Context(), ada)
	require.Equal(t, social.CodeUserNotFound, social.CodeOf(err))
}

// The letter goes once, with the export, to the address of the first request.
func TestALetterTellsThatItIsReady(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e, err := w.Request(t.Context(), ada, "ada@example.org")
	require.NoError(t, err)
	_, err = w.Request(t.Context(), ada, "another@example.org")
	require.NoError(t, err)
	require.EqualValues(t, 1, w.counted.Load(), "where no letter is made none counts")
	_, err = w.Request(t.Context(), ada, "nobody")
	require.Equal(t, social.CodeInvalidRequest, social.CodeOf(err))
	for range 2 {
		_, err = w.Make(t.Context(), &tasks.Run{ID: e.Task, Owner: ada}, exports.Args{Export: e.ID, To: []byte("ada@example.org")})
		require.NoError(t, err)
	}
	letters, err := w.db.ListTasks(t.Context(), persistence.TaskFilter{Kind: "message.mail", Limit: 10})
	require.NoError(t, err)
	require.Len(t, letters, 1)
	require.Equal(t, ada, letters[0].Owner)
	made, err := w.db.ListTasks(t.Context(), persistence.TaskFilter{Kind: "account.export", Limit: 10})
	require.NoError(t, err)
	require.Len(t, made, 1)
}

func TestEveryPartIsRequired(t *testing.T) {
	t.Parallel()
	_, err := exports.New(exports.Options{})
	require.Error(t, err)
}
