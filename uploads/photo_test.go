package uploads_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
	"github.com/swiperhq/swiper/uploads"
)

func TestPhotosComeBehindEachOther(t *testing.T) {
	t.Parallel()
	w := setup(t)
	first := w.add(t, photo(t, 1))
	require.Equal(t, persistence.PhotoApproved, first.State)
	second := w.add(t, photo(t, 2))
	own, err := w.db.PhotosOf(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, []persistence.PhotoID{first.PhotoID, second.PhotoID}, []persistence.PhotoID{own[0].ID, own[1].ID})
	for _, key := range []string{own[0].Large, own[0].Medium, own[0].Small, own[1].Large} {
		require.True(t, w.there(t, w.URL(key)))
	}
	require.NoError(t, w.DeletePhoto(t.Context(), ada, first.PhotoID))
	w.pass(30 * time.Minute)
	require.NoError(t, w.Sweep(t.Context()))
	require.True(t, w.there(t, w.URL(own[0].Medium)), "cards that were dealt still name it")
	w.pass(time.Hour)
	require.NoError(t, w.Sweep(t.Context()))
	require.False(t, w.there(t, w.URL(own[0].Medium)))
	require.True(t, w.there(t, w.URL(own[1].Medium)))
	me, err := w.db.User(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, own[1].Medium, me.Avatar)
}

// The same pixels twice are two photos and three objects.
func TestPhotosShareObjects(t *testing.T) {
	t.Parallel()
	w := setup(t)
	first, second := w.add(t, photo(t, 1)), w.add(t, photo(t, 1))
	require.NotEqual(t, first.PhotoID, second.PhotoID)
	require.NoError(t, w.DeletePhoto(t.Context(), ada, first.PhotoID))
	w.pass(2 * time.Hour)
	require.NoError(t, w.Sweep(t.Context()))
	own, err := w.db.PhotosOf(t.Context(), ada)
	require.NoError(t, err)
	require.Len(t, own, 1)
	require.True(t, w.there(t, w.URL(own[0].Large)))
}

func TestAPhotoSentAgainWithItsKeyIsOne(t *testing.T) {
	t.Parallel()
	w := setup(t)
	send := func(key string, shade uint8) (persistence.TaskID, error) {
		return w.Accept(t.Context(), ada, persistence.UploadPhoto, key, photo(t, shade))
	}
	task, err := send("k", 1)
	require.NoError(t, err)
	again, err := send("k", 1)
	require.NoError(t, err)
	require.Equal(t, task, again)
	_, err = send("k", 2)
	require.Equal(t, social.CodeIdempotencyMismatch, social.CodeOf(err))
	_, err = w.Accept(t.Context(), ada, persistence.UploadAvatar, "k", photo(t, 1))
	require.Equal(t, social.CodeIdempotencyMismatch, social.CodeOf(err))
	_, err = w.Open(t.Context(), ada, persistence.UploadPhoto, "k")
	require.Equal(t, social.CodeIdempotencyMismatch, social.CodeOf(err))
	other, err := send("l", 1)
	require.NoError(t, err)
	require.NotEqual(t, task, other)

	all, err := w.db.ListUploads(t.Context(), persistence.UploadAccepted, time.Now().AddDate(100, 0, 0), 100)
	require.NoError(t, err)
	require.Len(t, all, 2)
	_, err = w.Publish(t.Context(), &tasks.Run{Owner: ada}, uploads.PublishArgs{Upload: all[0].ID})
	require.NoError(t, err)
	again, err = send("k", 1)
	require.NoError(t, err)
	require.Equal(t, task, again, "after its end, too")
	_, err = w.media.Store.Stat(t.Context(), media.Staged(string(all[0].ID)))
	require.ErrorIs(t, err, media.ErrNotFound, "and nothing is staged for it")
}

func TestTheTenthPhotoIsRefused(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range persistence.MaxPhotos {
		w.add(t, photo(t, uint8(i)))
	}
	_, err := w.Accept(t.Context(), ada, persistence.UploadPhoto, "", photo(t, 20))
	require.Equal(t, social.CodeTooManyPhotos, social.CodeOf(err))
	_, err = w.Open(t.Context(), ada, persistence.UploadPhoto, "")
	require.Equal(t, social.CodeTooManyPhotos, social.CodeOf(err))
	_, err = w.publish(t, w.accept(t, photo(t, 21)))
	require.NoError(t, err, "an avatar takes a place that is taken")
}

// judge is a reviewer that says what it was told to say.
type judge struct {
	state persistence.PhotoState
	err   error
	seen  []uploads.Subject
}

func (j *judge) Review(ctx context.Context, s uploads.Subject) (persistence.PhotoState, error) {
	if _, ok := ctx.Deadline(); !ok {
		return "", errors.New("no deadline")
	}
	j.seen = append(j.seen, s)
	return j.state, j.err
}

func judged(t *testing.T, state persistence.PhotoState) (*world, *judge) {
	t.Helper()
	j := &judge{state: state}
	return setup(t, func(o *uploads.Options) { o.Reviewer = j }), j
}

func TestARejectedPictureIsNeverStored(t *testing.T) {
	t.Parallel()
	w, j := judged(t, persistence.PhotoApproved)
	before, err := w.publish(t, w.accept(t, photo(t, 1)))
	require.NoError(t, err)
	j.state = persistence.PhotoRejected
	calls := w.media.Calls.Load()
	id := w.accept(t, photo(t, 2))
	shown, err := w.publish(t, id)
	require.NoError(t, err)
	require.Equal(t, persistence.PhotoRejected, shown.State)
	require.Equal(t, before.AvatarURL, shown.AvatarURL, "the one before stays")
	require.Equal(t, calls+3, w.media.Calls.Load(), "staged, read, and taken away")
	require.Equal(t, ada, j.seen[1].UID)
	require.Equal(t, persistence.UploadAvatar, j.seen[1].Purpose)
	require.NotEmpty(t, j.seen[1].JPEG)
	require.Equal(t, persistence.PhotoRejected, w.add(t, photo(t, 3)).State)
	own, err := w.db.PhotosOf(t.Context(), ada)
	require.NoError(t, err)
	require.Len(t, own, 1)
}

func TestAReviewerThatFailsIsAskedAgain(t *testing.T) {
	t.Parallel()
	w, j := judged(t, persistence.PhotoApproved)
	j.err = errors.New("out of order")
	id := w.accept(t, photo(t, 1))
	_, err := w.publish(t, id)
	require.True(t, media.Passing(err), "%v", err)
	require.False(t, tasks.IsPermanent(err))
	j.err, j.state = nil, "perhaps"
	_, err = w.publish(t, id)
	require.Error(t, err)
	me, err := w.db.User(t.Context(), ada)
	require.NoError(t, err)
	require.Empty(t, me.Avatar)
	j.state = persistence.PhotoApproved
	shown, err := w.publish(t, id)
	require.NoError(t, err)
	require.True(t, w.there(t, shown.AvatarURL))
}

func TestOperatorsDecide(t *testing.T) {
	t.Parallel()
	hinted := 0
	w := setup(t, func(o *uploads.Options) {
		o.Reviewer = uploads.LeaveToOperators()
		o.Hint = func(uid social.UserID, kind social.EventKind) {
			if uid == ada && kind == social.EventPhoto {
				hinted++
			}
		}
	})
	shown, err := w.publish(t, w.accept(t, photo(t, 1)))
	require.NoError(t, err)
	require.Equal(t, persistence.PhotoPending, shown.State)
	require.Empty(t, shown.AvatarURL)
	by := persistence.Change{By: "ops", At: time.Date(2026, 3, 4, 6, 0, 0, 0, time.UTC)}
	for range 2 {
		p, err := w.DecidePhoto(t.Context(), shown.PhotoID, persistence.PhotoApproved, by)
		require.NoError(t, err)
		require.Equal(t, persistence.PhotoApproved, p.State)
	}
	require.Equal(t, 1, hinted)
	me, err := w.db.User(t.Context(), ada)
	require.NoError(t, err)
	require.True(t, w.there(t, w.URL(me.Avatar)))
	fetched, err := w.db.ListTasks(t.Context(), persistence.TaskFilter{Kind: "picture.prefetch", Limit: 10})
	require.NoError(t, err)
	require.Len(t, fetched, 1)
	_, err = w.DecidePhoto(t.Context(), shown.PhotoID, persistence.PhotoRejected, by)
	require.NoError(t, err)
	require.Equal(t, 2, hinted)
	w.pass(time.Hour)
	require.NoError(t, w.Sweep(t.Context()))
	require.False(t, w.there(t, w.URL(me.Avatar)))
	events, err := w.db.EventsOf(t.Context(), ada, 0, 10)
	require.NoError(t, err)
	require.Len(t, events, 3)
	require.Contains(t, string(events[2].Data), `"state":"rejected"`)
	_, err = w.DecidePhoto(t.Context(), 404, persistence.PhotoRejected, by)
	require.Equal(t, social.CodePhotoNotFound, social.CodeOf(err))
}
