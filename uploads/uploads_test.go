package uploads_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
	"github.com/swiperhq/swiper/uploads"
)

// Whichever operation on the store fails, done or not, the next attempt ends
// well, and what is left after the sweep is the picture that is shown.
func TestPublishingIsSafeToRepeatFromAnyStep(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		for step := int64(0); ; step++ {
			w := setup(t)
			w.media.Lost = lost
			old := w.accept(t, photo(t, 10))
			before, err := w.publish(t, old)
			require.NoError(t, err)
			id := w.accept(t, photo(t, 200))
			w.media.Spare.Store(step)
			_, err = w.publish(t, id)
			failed := err != nil
			w.media.Mend()
			if failed {
				require.True(t, media.Passing(err), "step %d: %v", step, err)
				_, err = w.publish(t, id)
			}
			require.NoError(t, err, "step %d", step)
			again, err := w.publish(t, id)
			require.NoError(t, err)
			me, err := w.db.User(t.Context(), ada)
			require.NoError(t, err)
			require.Equal(t, w.URL(me.Avatar), again.AvatarURL)
			require.True(t, w.there(t, again.AvatarURL))
			require.True(t, w.there(t, before.AvatarURL), "cards that were dealt still name it")
			w.pass(2 * time.Hour)
			require.NoError(t, w.Sweep(t.Context()))
			require.False(t, w.there(t, before.AvatarURL), "step %d", step)
			require.True(t, w.there(t, again.AvatarURL), "step %d", step)
			_, err = w.media.Store.Stat(t.Context(), media.Staged(string(id)))
			require.ErrorIs(t, err, media.ErrNotFound, "step %d", step)
			events, err := w.db.EventsOf(t.Context(), ada, 0, 10)
			require.NoError(t, err)
			require.Len(t, events, 2, "one for each picture")
			if !failed {
				require.Greater(t, step, int64(5), "each of the steps was failed")
				break
			}
		}
	}
}

func TestTheLatestIsShownInWhicheverOrderTheyAreDone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	first, last := w.accept(t, photo(t, 1)), w.accept(t, photo(t, 2))
	shown, err := w.publish(t, last)
	require.NoError(t, err)
	late, err := w.publish(t, first)
	require.NoError(t, err)
	require.True(t, late.Overtaken)
	require.Equal(t, shown.AvatarURL, late.AvatarURL)
	require.EqualValues(t, 2, w.told.Load())
}

// The database keeps a picture while the store does not answer.
func TestAStoreThatIsDownDelaysAPicture(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.media.Spare.Store(0)
	id := w.accept(t, photo(t, 1))
	data, err := w.db.UploadData(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, photo(t, 1), data)
	shown, err := w.publish(t, id)
	require.NoError(t, err)
	require.True(t, w.there(t, shown.AvatarURL))
	data, err = w.db.UploadData(t.Context(), id)
	require.NoError(t, err)
	require.Nil(t, data)
}

func TestAPictureThatCannotBeReadFailsForGood(t *testing.T) {
	t.Parallel()
	w := setup(t)
	data := photo(t, 1)
	for i := len(data) - 40; i < len(data)-16; i++ { // measures well; its pixels are spoilt
		data[i] ^= 0xff
	}
	id := w.accept(t, data)
	_, err := w.publish(t, id)
	require.True(t, tasks.IsPermanent(err), "%v", err)
	require.Equal(t, social.CodeImageInvalid, social.CodeOf(err))
	u, err := w.db.Upload(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, persistence.UploadFailed, u.State)
	_, err = w.media.Store.Stat(t.Context(), media.Staged(string(id)))
	require.ErrorIs(t, err, media.ErrNotFound)
	events, err := w.db.EventsOf(t.Context(), ada, 0, 10)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Contains(t, string(events[0].Data), `"state":"failed"`)
	require.EqualValues(t, 1, w.told.Load())
}

func TestDirectUploads(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p, err := w.Open(t.Context(), ada, persistence.UploadAvatar, "")
	require.NoError(t, err)
	_, err = w.Complete(t.Context(), ada, p.ID)
	require.Equal(t, social.CodeUploadNotFound, social.CodeOf(err), "nothing has arrived")
	key := media.Staged(string(p.ID))
	data := photo(t, 1)
	require.NoError(t, w.media.Store.Put(t.Context(), key, bytes.NewReader(data), int64(len(data)), "image/png"))
	for _, wrong := range []struct{ key, user string }{
		{string(key), "2"}, {string(key), "x"}, {string(key) + "x", "1"}, {"pictures/ab/cd.jpg", "1"}, {"private/staged/../x", "1"},
	} {
		require.Equal(t, social.CodeUploadNotFound, social.CodeOf(w.Arrived(t.Context(), media.Key(wrong.key), wrong.user)), "%v", wrong)
	}
	_, err = w.Complete(t.Context(), bob, p.ID)
	require.Equal(t, social.CodeUploadNotFound, social.CodeOf(err), "another's")
	require.NoError(t, w.Arrived(t.Context(), key, "1"))
	task, err := w.Complete(t.Context(), ada, p.ID)
	require.NoError(t, err)
	again, err := w.Complete(t.Context(), ada, p.ID)
	require.NoError(t, err)
	require.Equal(t, task, again)
	shown, err := w.publish(t, p.ID)
	require.NoError(t, err)
	require.True(t, w.there(t, shown.AvatarURL))
	require.NoError(t, w.Arrived(t.Context(), key, "1"), "a callback that comes late changes nothing")
	for range 3 {
		_, err = w.Open(t.Context(), ada, persistence.UploadAvatar, "")
		require.NoError(t, err)
	}
	_, err = w.Open(t.Context(), ada, persistence.UploadAvatar, "")
	require.Equal(t, social.CodeRateLimited, social.CodeOf(err))
	_, err = w.Open(t.Context(), ada, "other", "")
	require.Equal(t, social.CodeInvalidRequest, social.CodeOf(err))
}

func TestWhatNeverArrivedIsSwept(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p, err := w.Open(t.Context(), ada, persistence.UploadAvatar, "")
	require.NoError(t, err)
	key := media.Staged(string(p.ID))
	require.NoError(t, w.media.Store.Put(t.Context(), key, strings.NewReader("x"), 1, "image/png"))
	require.NoError(t, w.Sweep(t.Context()))
	_, err = w.media.Store.Stat(t.Context(), key)
	require.NoError(t, err, "it may still be completed")
	w.pass(25 * time.Hour)
	require.NoError(t, w.Sweep(t.Context()))
	_, err = w.media.Store.Stat(t.Context(), key)
	require.ErrorIs(t, err, media.ErrNotFound)
	_, err = w.Complete(t.Context(), ada, p.ID)
	require.Equal(t, social.CodeUploadNotFound, social.CodeOf(err))
}

func TestEveryPartIsRequired(t *testing.T) {
	t.Parallel()
	_, err := uploads.New(uploads.Options{})
	require.Error(t, err)
}
