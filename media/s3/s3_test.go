package s3_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/mediatest"
	"github.com/swiperhq/swiper/media/mediatest/fakes3"
	"github.com/swiperhq/swiper/media/s3"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock runs, as the client's does, and can be moved forward.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) Advance(d time.Duration) { c.offset.Add(int64(d)) }

type bundle struct {
	store *s3.Store
	url   string
	clock *clock
	// fault, where it is set, answers in place of the server.
	fault atomic.Pointer[http.HandlerFunc]
}

func setup(t *testing.T, change ...func(*s3.Options)) *bundle {
	t.Helper()
	b := &bundle{clock: &clock{}}
	fake, err := fakes3.New(fakes3.Options{
		AccessKey: "test-access", SecretKey: "test-secret", Bucket: "pictures", PrivateBucket: "staged", Now: b.clock.Now,
	})
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := b.fault.Load(); fault != nil {
			(*fault)(w, r)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	o := s3.Options{
		Endpoint: b.url, Region: "cn-north-1", AccessKey: "test-access", SecretKey: "test-secret", Bucket: "pictures",
		Domain: b.url + "/pictures/", PrivateBucket: "staged", PathStyle: true, Now: b.clock.Now,
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	for _, c := range change {
		c(&o)
	}
	b.store, err = s3.New(o)
	require.NoError(t, err)
	return b
}

func TestS3Conforms(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) mediatest.Backend {
		t.Helper()
		b := setup(t)
		return mediatest.Backend{
			Store: b.store, Now: b.clock.Now, Advance: b.clock.Advance, Replaceable: true, Unsniffed: true,
			Guess: func(key media.Key) string { return b.url + "/staged/" + string(key) },
		}
	})
}
