package exports_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/exports"
	"github.com/swiperhq/swiper/internal/teststore"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/disk"
	"github.com/swiperhq/swiper/media/mediatest"
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/messages"
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

// world has exports on an embedded database and a folder, and the sweep of both.
type world struct {
	*exports.Service

	sweep *uploads.Service
	db    persistence.Store
	media *linking
	dir   string
	now   atomic.Int64 // seconds since it began
	told  atomic.Int64 // hints that there is an event of ada's

	counted atomic.Int64 // letters, before they are made
}

// linking is a flaky store of media that has links if it is told to.
type linking struct {
	*mediatest.Flaky

	link string
}

func (l *linking) Link(ctx context.Context, key media.Key, name string, expires time.Time) (string, error) {
	if _, err := l.Store.Link(ctx, key, name, expires); err != nil {
		return "", err
	}
	return l.link, nil
}

// inClear seals nothing.
type inClear struct{ counted *atomic.Int64 }

func (inClear) Seal(text string) (sealed, index []byte)   { return []byte(text), []byte(text) }
func (inClear) Open(sealed []byte) (text string, _ error) { return string(sealed), nil }

// Allow counts without bound.
func (c inClear) Allow(context.Context, string, persistence.Rate) (time.Duration, error) {
	c.counted.Add(1)
	return 0, nil
}

// Send sends nothing.
func (inClear) Send(context.Context, messages.Letter) error { return nil }

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	clock := func() time.Time {
		return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Add(time.Duration(w.now.Load()) * time.Second)
	}
	var err error
	w.db = teststore.Any(t)
	var people []social.User
	for id := range social.UserID(2000) {
		people = append(people, social.User{ID: id + 1, Nickname: fmt.Sprint("n", id+1), CreatedAt: clock()})
	}
	_, err = w.db.InsertUsers(t.Context(), slices.Values(people))
	require.NoError(t, err)
	store, err := disk.New(disk.Options{
		Dir: filepath.Join(w.dir, "media"), PublicURL: "/media", UploadURL: "/upload", TicketKey: []byte(strings.Repeat("k", 32)), Now: clock,
		Fail: func(http.ResponseWriter, *http.Request, error) {},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	w.media = &linking{Flaky: mediatest.NewFlaky(store)}
	w.Service, err = exports.New(exports.Options{
		Store: w.db, Media: w.media, Transfers: w.media, Post: messages.NewPost(inClear{}, inClear{&w.counted}, inClear{}), Dir: filepath.Join(w.dir, "tmp"),
		Phone: func(_ context.Context, uid social.UserID) (string, error) { return fmt.Sprint("+86", uid), nil },
		Hint: func(uid social.UserID, kind social.EventKind) {
			if uid == ada && kind == social.EventTask {
				w.told.Add(1)
			}
		},
		Now: clock,
	})
	require.NoError(t, err)
	w.sweep, err = uploads.New(uploads.Options{
		Store: w.db, Media: w.media, Transfers: w.media, Cleaner: picture.NewCleaner(picture.Options{}), Now: clock,
	})
	require.NoError(t, err)
	return w
}

func (w *world) pass(d time.Duration) { w.now.Add(int64(d / time.Second)) }

func (w *world) request(t *testing.T, uid social.UserID) persistence.Export {
	t.Helper()
	e, err := w.Request(t.Context(), uid, "")
	require.NoError(t, err)
	return e
}

func (w *world) make(t *testing.T, e persistence.Export, final bool) (exports.Made, error) {
	t.Helper()
	result, err := w.Make(t.Context(), &tasks.Run{ID: e.Task, Owner: e.UID, Attempt: 1, Final: final}, exports.Args{Export: e.ID})
	made, _ := result.(exports.Made)
	return made, err
}

// read gives the files of an export.
func (w *world) read(t *testing.T, e persistence.Export) map[string]string {
	t.Helper()
	d, err := w.Open(t.Context(), e.UID, e.ID)
	require.NoError(t, err)
	data, err := io.ReadAll(d.Object)
	require.NoError(t, err)
	require.NoError(t, d.Object.Close())
	require.EqualValues(t, len(data), d.Size)
	return unzip(t, data)
}

func unzip(t *testing.T, data []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		files[f.Name] = string(text)
	}
	return files
}

// stored gives how many objects there are, public ones and private ones.
func (w *world) stored(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(w.dir, "media"), func(_ string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return err
	}))
	return n
}
