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

func TestS3Conforms(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) mediatest.Backend {
		t.Helper()
		clock := &clock{}
		fake, err := fakes3.New(fakes3.Options{
			AccessKey: "test-access", SecretKey: "test-secret", Bucket: "pictures", PrivateBucket: "staged", Now: clock.Now,
		})
		require.NoError(t, err)
		server := httptest.NewServer(fake)
		t.Cleanup(server.Close)
		store, err := s3.New(s3.Options{
			Endpoint: server.URL, Region: "cn-north-1", AccessKey: "test-access", SecretKey: "test-secret", Bucket: "pictures",
			Domain: server.URL + "/pictures", PrivateBucket: "staged", PathStyle: true, Now: clock.Now,
			Transport: &http.Transport{DisableKeepAlives: true},
		})
		require.NoError(t, err)
		return mediatest.Backend{
			Store: store, Now: clock.Now, Advance: clock.Advance, Replaceable: true, Unsniffed: true,
			Guess: func(key media.Key) string { return server.URL + "/staged/" + string(key) },
		}
	})
}
