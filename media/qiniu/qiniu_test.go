package qiniu_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/mediatest"
	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
	"github.com/swiperhq/swiper/media/qiniu"
)

// TestMain gives the SDK a folder of its own for what it likes to write, and
// fails if it wrote something.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "swiper-qiniu")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m,
		// The SDK starts it when the program does; with its telemetry off it does nothing.
		goleak.IgnoreTopFunction("github.com/qiniu/go-sdk/v7/internal/uplog.init.0.func1"),
		goleak.Cleanup(func(code int) {
			if left, err := os.ReadDir(filepath.Join(dir, "qiniu-golang-sdk")); err == nil {
				fmt.Fprintln(os.Stderr, "the SDK wrote", left)
				code = 1
			}
			if err := os.RemoveAll(dir); err != nil {
				code = 1
			}
			os.Exit(code)
		}))
}

// clock runs, as the SDK's does, and can be moved forward.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) Advance(d time.Duration) { c.offset.Add(int64(d)) }

type bundle struct {
	store *qiniu.Store
	fake  *fakeqiniu.Server
	url   string
	clock *clock

	process fakeqiniu.Processor // set by tests that need it
}

func setup(t *testing.T, change ...func(*qiniu.Options)) *bundle {
	t.Helper()
	b := &bundle{clock: &clock{}}
	b.fake = fakeqiniu.New(fakeqiniu.Options{
		AccessKey: "test-access", SecretKey: "test-secret", PrivateBuckets: []string{"staged"}, Now: b.clock.Now,
		Processor: func(command string, data []byte) ([]byte, string, error) { return b.process(command, data) },
	})
	server := httptest.NewServer(b.fake)
	t.Cleanup(server.Close)
	b.url = server.URL
	o := qiniu.Options{
		AccessKey: "test-access", SecretKey: "test-secret", Region: "z2", Bucket: "pictures", Domain: b.url + "/io/pictures/",
		PrivateBucket: "staged", PrivateDomain: b.url + "/io/staged", Endpoint: b.url, Now: b.clock.Now,
		Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	}
	for _, c := range change {
		c(&o)
	}
	var err error
	b.store, err = qiniu.New(o)
	require.NoError(t, err)
	return b
}

func TestQiniuConforms(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) mediatest.Backend {
		t.Helper()
		b := setup(t)
		return mediatest.Backend{
			Store: b.store, Now: b.clock.Now, Advance: b.clock.Advance, CachedElsewhere: true,
			Guess: func(key media.Key) string { return b.url + "/io/staged/" + string(key) },
		}
	})
}
