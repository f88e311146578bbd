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

func decide(s persistence.Store, id persistence.PhotoID, state persistence.PhotoState) (persistence.Photo, bool, error) {
	return s.DecidePhoto(background(), &persistence.Decision{
		ID: id, State: state, Change: change, DropAt: noon.Add(time.Hour), Event: json.RawMessage(fmt.Sprintf(`{"photo_id":%d}`, id)),
		Then: []persistence.Task{work(fmt.Sprint("prefetch ", id))},
	})
}

func photoPending(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	a := addAs(t, db.A, 1, persistence.UploadPhoto, persistence.PhotoPending, "a")
	add(t, db.A, 1, "b")
	c := addAs(t, db.A, 1, persistence.UploadPhoto, persistence.PhotoPending, "c")
	require.Equal(t, []string{"a?", "b", "c?"}, seen(t, db.A, 1))
	requireAvatar(t, db.A, 1, "b", "of b")
	shown, err := db.B.ShownPhotos(background(), 1)
	require.NoError(t, err)
	require.Len(t, shown, 1)
	require.Equal(t, "b", shown[0].Medium)
	listed, err := db.B.ListPhotos(background(), persistence.PhotoPending, 0, everything)
	require.NoError(t, err)
	require.Len(t, listed, 2)
	require.Equal(t, []persistence.PhotoID{c, a}, []persistence.PhotoID{listed[0].ID, listed[1].ID})
	require.True(t, listed[0].DecidedAt.IsZero())
	listed, err = db.B.ListPhotos(background(), persistence.PhotoPending, c, 1)
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.Equal(t, a, listed[0].ID)

	p, changed, err := decide(db.B, a, persistence.PhotoApproved)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, persistence.PhotoApproved, p.State)
	require.True(t, p.DecidedAt.Equal(noon))
	requireAvatar(t, db.A, 1, "a", "of a")
	_, changed, err = decide(db.A, a, persistence.PhotoApproved)
	require.NoError(t, err)
	require.False(t, changed, "again")
	require.Equal(t, []persistence.AuditEntry{
		{By: "ops", Action: "photo.approve", Target: fmt.Sprintf("photo %d of user 1", a), From: "pending", To: "approved"},
	}, audited(t, db.A))
	events, err := db.A.EventsOf(background(), 1, 0, everything)
	require.NoError(t, err)
	require.Len(t, events, 4)
	require.Equal(t, social.EventPhoto, events[3].Kind)
	require.JSONEq(t, fmt.Sprintf(`{"photo_id":%d}`, a), string(events[3].Data))
	tasks, err := db.A.ListTasks(background(), persistence.TaskFilter{Kind: fmt.Sprint("prefetch ", a), Limit: everything})
	require.NoError(t, err)
	require.Len(t, tasks, 1)
}

func photoReplaced(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	avatar := func(id string) persistence.PhotoID {
		return addAs(t, db.A, 1, persistence.UploadAvatar, persistence.PhotoPending, id)
	}
	old := add(t, db.A, 1, "old")
	for i := range persistence.MaxPhotos - 1 {
		add(t, db.A, 1, fmt.Sprint("p", i))
	}
	avatar("new")
	require.Equal(t, []string{"new?", "old-", "p0"}, seen(t, db.B, 1)[:3])
	requireAvatar(t, db.A, 1, "old", "of old")
	next := avatar("newer")
	require.Equal(t, []string{"newer?", "old-", "p0"}, seen(t, db.B, 1)[:3], "the latest waits")
	require.Equal(t, []string{"new"}, drop(t, db.A, noon.Add(time.Hour)))
	_, err := db.B.OpenUpload(background(), uploadOf(1, "late", persistence.UploadPhoto), everything)
	requireCode(t, social.CodeTooManyPhotos, err)
	_, _, err = decide(db.A, next, persistence.PhotoApproved)
	require.NoError(t, err)
	require.Equal(t, []string{"newer", "p0"}, seen(t, db.B, 1)[:2])
	requireAvatar(t, db.A, 1, "newer", "of newer")
	require.Equal(t, []string{"old"}, drop(t, db.A, noon.Add(time.Hour)))
	requireCode(t, social.CodePhotoNotFound, db.A.DeletePhoto(background(), 1, old, noon))

	// A rejected one leaves the photo that it was to replace; so does one that is taken away.
	_, _, err = decide(db.A, avatar("bad"), persistence.PhotoRejected)
	require.NoError(t, err)
	require.NoError(t, db.B.DeletePhoto(background(), 1, avatar("regretted"), noon))
	require.Equal(t, []string{"newer", "p0"}, seen(t, db.B, 1)[:2])
	require.Len(t, seen(t, db.B, 1), persistence.MaxPhotos)

	// Whoever has taken the old one away has the new one in its place.
	avatar("last")
	own, err := db.A.PhotosOf(background(), 1)
	require.NoError(t, err)
	require.NoError(t, db.B.DeletePhoto(background(), 1, own[1].ID, noon))
	require.Equal(t, []string{"last?", "p0"}, seen(t, db.B, 1)[:2])
	requireAvatar(t, db.A, 1, "p0", "of p0")
	_, err = db.B.OpenUpload(background(), uploadOf(1, "late", persistence.UploadPhoto), everything)
	requireCode(t, social.CodeTooManyPhotos, err)
}

func photoRejected(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	a, b := add(t, db.A, 1, "a"), add(t, db.A, 1, "b")
	p, changed, err := decide(db.B, a, persistence.PhotoRejected)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, persistence.PhotoRejected, p.State)
	require.Equal(t, []string{"b"}, seen(t, db.A, 1))
	requireAvatar(t, db.A, 1, "b", "of b")
	require.Equal(t, []string{"a"}, drop(t, db.A, noon), "at once")
	_, changed, err = decide(db.A, a, persistence.PhotoRejected)
	require.NoError(t, err)
	require.False(t, changed)
	_, _, err = decide(db.A, a, persistence.PhotoApproved)
	requireCode(t, social.CodeInvalidRequest, err)
	requireCode(t, social.CodePhotoNotFound, db.A.DeletePhoto(background(), 1, a, noon))

	// One that the reviewer rejects is never shown, and an avatar so leaves the one before.
	c := addAs(t, db.A, 1, persistence.UploadAvatar, persistence.PhotoRejected, "c")
	require.Equal(t, []string{"b"}, seen(t, db.A, 1))
	listed, err := db.B.ListPhotos(background(), persistence.PhotoRejected, 0, everything)
	require.NoError(t, err)
	require.Equal(t, []persistence.PhotoID{c, a}, []persistence.PhotoID{listed[0].ID, listed[1].ID})
	require.Len(t, audited(t, db.A), 1)
	n, err := db.B.PrunePhotos(background(), noon, everything)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = db.B.PrunePhotos(background(), noon.Add(time.Second), everything)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	_, err = db.A.Photo(background(), b)
	require.NoError(t, err)
}

func photoDecidedAtOnce(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	for round := range 10 {
		id := addAs(t, db.A, 1, persistence.UploadPhoto, persistence.PhotoPending, fmt.Sprint("r", round))
		var changed [4]bool
		var errs [5]error
		var calls []func()
		for i := range changed {
			s := []persistence.Store{db.A, db.B}[i%2]
			calls = append(calls, func() { _, changed[i], errs[i] = decide(s, id, persistence.PhotoApproved) })
		}
		calls = append(calls, func() { errs[4] = db.B.DeletePhoto(background(), 1, id, noon) })
		together(calls...)
		require.NoError(t, errs[4])
		told := 0
		for i := range changed {
			if errs[i] != nil {
				requireCode(t, social.CodePhotoNotFound, errs[i])
			}
			if changed[i] {
				told++
			}
		}
		require.LessOrEqual(t, told, 1)
	}
	require.Empty(t, seen(t, db.A, 1))
	requireAvatar(t, db.A, 1, "", "")
}

func photoNobody(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	a := add(t, db.A, 1, "a")
	requireCode(t, social.CodePhotoNotFound, db.A.DeletePhoto(background(), 2, a, noon))
	requireCode(t, social.CodePhotoNotFound, db.A.DeletePhoto(background(), 2, 404, noon))
	_, _, err := decide(db.A, 404, persistence.PhotoApproved)
	requireCode(t, social.CodePhotoNotFound, err)
	none, err := db.A.PhotosOf(background(), 3)
	require.NoError(t, err)
	require.Empty(t, none)
	none, err = db.A.ShownPhotos(background(), 3)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = db.A.SuspendUser(background(), 1, change)
	require.NoError(t, err)
	_, err = db.B.ShownPhotos(background(), 1)
	requireCode(t, social.CodeUserNotFound, err)
	require.Equal(t, []string{"a"}, seen(t, db.A, 1))
	db.Delete(t, 1)
	for _, uid := range []social.UserID{1, 404} {
		_, err = db.B.ShownPhotos(background(), uid)
		requireCode(t, social.CodeUserNotFound, err)
		_, err = db.A.OrderPhotos(background(), uid, []persistence.PhotoID{a})
		requireCode(t, social.CodeUserNotFound, err)
		requireCode(t, social.CodeUserNotFound, db.A.DeletePhoto(background(), uid, a, noon))
	}
	_, err = db.A.PhotosOf(background(), 404)
	requireCode(t, social.CodeUserNotFound, err)
	_, _, err = decide(db.A, a, persistence.PhotoRejected)
	requireCode(t, social.CodePhotoNotFound, err)
}
