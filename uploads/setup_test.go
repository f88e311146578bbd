package uploads_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/internal/teststore"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/disk"
	"github.com/swiperhq/swiper/media/mediatest"
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
	"github.com/swiperhq/swiper/uploads"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ada = social.UserID(1)
	bob = social.UserID(2)
)

// world is a pipeline on an embedded database and a folder.
type world struct {
	*uploads.Service

	db    persistence.Store
	media *mediatest.Flaky
	now   atomic.Int64 // seconds since it began
	told  atomic.Int64 // hints that there is an event of ada's
}

func setup(t *testing.T, change ...func(*uploads.Options)) *world {
	t.Helper()
	w := &world{}
	clock := func() time.Time {
		return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Add(time.Duration(w.now.Load()) * time.Second)
	}
	dir := t.TempDir()
	var err error
	w.db = teststore.Any(t)
	_, err = w.db.InsertUsers(t.Context(), slices.Values([]social.User{{ID: ada, CreatedAt: clock()}, {ID: bob, CreatedAt: clock()}}))
	require.NoError(t, err)
	store, err := disk.New(disk.Options{
		Dir: filepath.Join(dir, "media"), PublicURL: "/media", UploadURL: "/upload", TicketKey: []byte(strings.Repeat("k", 32)), Now: clock,
		Fail: func(http.ResponseWriter, *http.Request, error) {},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	w.media = mediatest.NewFlaky(store)
	opts := uploads.Options{
		Store: w.db, Media: w.media, Transfers: w.media, Cleaner: picture.NewCleaner(picture.Options{}), Now: clock,
		Hint: func(uid social.UserID, kind social.EventKind) {
			if uid == ada && kind == social.EventTask {
				w.told.Add(1)
			}
		},
	}
	for _, c := range change {
		c(&opts)
	}
	w.Service, err = uploads.New(opts)
	require.NoError(t, err)
	return w
}

func (w *world) pass(d time.Duration) { w.now.Add(int64(d / time.Second)) }

// photo is a picture of one shade, in three sizes once published.
func photo(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 240, 240))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.Set(3, 3, color.White)
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// accept takes an avatar and gives the upload's id.
func (w *world) accept(t *testing.T, data []byte) persistence.UploadID {
	t.Helper()
	return w.acceptAs(t, persistence.UploadAvatar, data)
}

func (w *world) acceptAs(t *testing.T, purpose persistence.UploadPurpose, data []byte) persistence.UploadID {
	t.Helper()
	task, err := w.Accept(t.Context(), ada, purpose, "", data)
	require.NoError(t, err)
	all, err := w.db.ListUploads(t.Context(), persistence.UploadAccepted, time.Now().AddDate(100, 0, 0), 100)
	require.NoError(t, err)
	for _, u := range all {
		if u.Task == task {
			return u.ID
		}
	}
	require.Fail(t, "it is not listed")
	return ""
}

func (w *world) publish(t *testing.T, id persistence.UploadID) (uploads.Published, error) {
	t.Helper()
	result, err := w.Publish(t.Context(), &tasks.Run{ID: "T", Owner: ada, Attempt: 1}, uploads.PublishArgs{Upload: id})
	p, _ := result.(uploads.Published)
	return p, err
}

// add publishes a photo.
func (w *world) add(t *testing.T, data []byte) uploads.Added {
	t.Helper()
	id := w.acceptAs(t, persistence.UploadPhoto, data)
	result, err := w.Publish(t.Context(), &tasks.Run{ID: "T", Owner: ada, Attempt: 1}, uploads.PublishArgs{Upload: id})
	require.NoError(t, err)
	added, ok := result.(uploads.Added)
	require.True(t, ok, "%T", result)
	return added
}

func (w *world) there(t *testing.T, url string) bool {
	t.Helper()
	_, err := w.media.Store.Stat(t.Context(), media.Key(strings.TrimPrefix(url, "/media/")))
	return err == nil
}
