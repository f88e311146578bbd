package disk_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/disk"
	"github.com/swiperhq/swiper/media/mediatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock stands still until it is moved.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time {
	return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Add(time.Duration(c.offset.Load()))
}
func (c *clock) Advance(d time.Duration) { c.offset.Add(int64(d)) }

type bundle struct {
	store *disk.Store
	url   string
	dir   string
	clock *clock
}

func setup(t *testing.T) bundle {
	t.Helper()
	b := bundle{dir: filepath.Join(t.TempDir(), "media"), clock: &clock{}}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.store = open(t, b)
	mux.Handle("/media/", http.StripPrefix("/media", b.store.Public()))
	mux.Handle("/upload", b.store.Receiver())
	return b
}

func open(t *testing.T, b bundle) *disk.Store {
	t.Helper()
	store, err := disk.New(disk.Options{
		Dir: b.dir, PublicURL: b.url + "/media/", UploadURL: b.url + "/upload", TicketKey: []byte(strings.Repeat("k", 32)), Now: b.clock.Now,
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) { problem.Write(w, problem.From(err)) },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func TestDiskConforms(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) mediatest.Backend {
		t.Helper()
		b := setup(t)
		return mediatest.Backend{
			Store: b.store, Now: b.clock.Now, Advance: b.clock.Advance,
			Guess: func(key media.Key) string { return b.url + "/media/" + string(key) },
		}
	})
}
