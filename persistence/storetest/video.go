package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func videoCases() []testCase {
	return []testCase{
		{"video/one of a user, apart from the photos", videoAlone},
		{"video/the latest is shown", videoLatest},
		{"video/a pending one waits beside the one it replaces", videoPending},
		{"video/taken away, and of who is gone", videoGone},
	}
}

// film makes a video of two objects, all under one name.
func film(t *testing.T, s persistence.Store, uid social.UserID, state persistence.PhotoState, id string) persistence.PhotoID {
	t.Helper()
	begin(t, s, uid, id)
	u, err := end(s, state, id)
	require.NoError(t, err)
	return u.Photo
}

func begin(t *testing.T, s persistence.Store, uid social.UserID, id string) {
	t.Helper()
	_, err := s.OpenUpload(background(), uploadOf(uid, id, persistence.UploadVideo), everything)
	require.NoError(t, err)
	_, err = acceptUpload(s, uid, id, nil)
	require.NoError(t, err)
	claim(t, s, id, id+".jpg", id+".mp4")
}

func end(s persistence.Store, state persistence.PhotoState, id string) (persistence.Upload, error) {
	return s.PublishUpload(background(), &persistence.Publication{
		ID: persistence.UploadID(id), Picture: persistence.Picture{Large: id + ".jpg", Medium: id + ".jpg", Small: id + ".jpg", BlurHash: "of " + id},
		Video: persistence.Video{Key: id + ".mp4", Duration: 1500 * time.Millisecond, Width: 720, Height: 1280},
		State: state, Keys: []string{id + ".jpg", id + ".mp4"}, At: noon, DropAt: noon.Add(time.Hour),
	})
}

// filmed tells what somebody's videos are, a ? behind those that are pending.
func filmed(t *testing.T, s persistence.Store, uid social.UserID) (out []string) {
	t.Helper()
	all, err := s.VideosOf(background(), uid)
	require.NoError(t, err)
	for _, p := range all {
		name := p.Video.Key
		if p.State == persistence.PhotoPending {
			name += "?"
		}
		out = append(out, name)
	}
	return out
}

func videoAlone(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	first := film(t, db.A, 1, persistence.PhotoApproved, "first")
	photo := add(t, db.A, 1, "photo")
	require.Equal(t, []string{"photo"}, seen(t, db.B, 1))
	requireAvatar(t, db.A, 1, "photo", "of photo")
	shown, err := db.B.ShownVideos(background(), 1)
	require.NoError(t, err)
	require.Len(t, shown, 1)
	require.Equal(t, persistence.Video{Key: "first.mp4", Duration: 1500 * time.Millisecond, Width: 720, Height: 1280}, shown[0].Video)
	require.Equal(t, "first.jpg", shown[0].Medium)
	shownPhotos, err := db.B.ShownPhotos(background(), 1)
	require.NoError(t, err)
	require.Len(t, shownPhotos, 1)

	second := film(t, db.B, 1, persistence.PhotoApproved, "second")
	require.Equal(t, []string{"second.mp4"}, filmed(t, db.A, 1))
	require.Equal(t, []string{"photo"}, seen(t, db.A, 1))
	require.ElementsMatch(t, []string{"first.jpg", "first.mp4"}, drop(t, db.A, noon.Add(time.Hour)))
	_, err = db.A.Photo(background(), first)
	requireCode(t, social.CodePhotoNotFound, err)
	requireCode(t, social.CodePhotoNotFound, db.A.DeletePhoto(background(), 1, second, noon))
	_, err = db.A.OrderPhotos(background(), 1, []persistence.PhotoID{photo, second})
	requireCode(t, social.CodeInvalidRequest, err)
	addAs(t, db.A, 1, persistence.UploadAvatar, persistence.PhotoApproved, "face")
	require.Equal(t, []string{"face"}, seen(t, db.A, 1))
	require.Equal(t, []string{"second.mp4"}, filmed(t, db.A, 1))
}

func videoLatest(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	begin(t, db.A, 1, "first")
	begin(t, db.A, 1, "second")
	u, err := end(db.B, persistence.PhotoApproved, "second")
	require.NoError(t, err)
	require.True(t, u.Published)
	u, err = end(db.A, persistence.PhotoApproved, "first")
	require.NoError(t, err)
	require.False(t, u.Published, "overtaken")
	require.Zero(t, u.Photo)
	require.Equal(t, []string{"second.mp4"}, filmed(t, db.A, 1))
	require.ElementsMatch(t, []string{"first.jpg", "first.mp4"}, drop(t, db.A, noon.Add(time.Hour)))
}

func videoPending(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	film(t, db.A, 1, persistence.PhotoApproved, "old")
	film(t, db.A, 1, persistence.PhotoPending, "new")
	next := film(t, db.B, 1, persistence.PhotoPending, "newer")
	require.Equal(t, []string{"newer.mp4?", "old.mp4"}, filmed(t, db.A, 1))
	shown, err := db.B.ShownVideos(background(), 1)
	require.NoError(t, err)
	require.Len(t, shown, 1)
	require.Equal(t, "old.mp4", shown[0].Video.Key)
	listed, err := db.A.ListPhotos(background(), persistence.PhotoPending, 0, everything)
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.Equal(t, "newer.mp4", listed[0].Video.Key)
	_, changed, err := decide(db.B, next, persistence.PhotoApproved)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, []string{"newer.mp4"}, filmed(t, db.A, 1))
	_, _, err = decide(db.B, next, persistence.PhotoRejected)
	require.NoError(t, err)
	require.Empty(t, filmed(t, db.A, 1))
	require.ElementsMatch(t, []string{"new.jpg", "new.mp4", "old.jpg", "old.mp4", "newer.jpg", "newer.mp4"}, drop(t, db.A, noon.Add(time.Hour)))
	entries := audited(t, db.A)
	require.Len(t, entries, 2)
	require.Contains(t, entries[0].Target, "video ")
}

func videoGone(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	film(t, db.A, 1, persistence.PhotoApproved, "old")
	film(t, db.A, 1, persistence.PhotoPending, "new")
	add(t, db.A, 1, "photo")
	for range 2 {
		require.NoError(t, db.B.DeleteVideos(background(), 1, noon.Add(time.Hour)))
	}
	require.Empty(t, filmed(t, db.A, 1))
	require.Equal(t, []string{"photo"}, seen(t, db.A, 1))
	require.Empty(t, drop(t, db.A, noon))
	require.ElementsMatch(t, []string{"new.jpg", "new.mp4", "old.jpg", "old.mp4"}, drop(t, db.A, noon.Add(time.Hour)))
	film(t, db.A, 2, persistence.PhotoApproved, "another")
	require.Equal(t, []string{"another.mp4"}, filmed(t, db.A, 2))
	_, err := db.A.SuspendUser(background(), 2, change)
	require.NoError(t, err)
	_, err = db.B.ShownVideos(background(), 2)
	requireCode(t, social.CodeUserNotFound, err)
	db.Delete(t, 2)
	_, err = db.B.VideosOf(background(), 2)
	requireCode(t, social.CodeUserNotFound, err)
	requireCode(t, social.CodeUserNotFound, db.A.DeleteVideos(background(), 2, noon))
}
