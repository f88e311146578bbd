package s3_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/mediatest"
	"github.com/swiperhq/swiper/media/s3"
	"github.com/swiperhq/swiper/social"
)

const key = media.Key("pictures/aa/one.png")

func calls(b *bundle) map[string]func(context.Context) error {
	data := mediatest.Picture(1, 100)
	return map[string]func(context.Context) error{
		"put":    func(ctx context.Context) error { return b.store.Put(ctx, key, bytes.NewReader(data), 100, "image/png") },
		"stat":   func(ctx context.Context) error { _, err := b.store.Stat(ctx, key); return err },
		"open":   func(ctx context.Context) error { _, _, err := b.store.Open(ctx, key); return err },
		"delete": func(ctx context.Context) error { return b.store.Delete(ctx, key) },
	}
}

func answering(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>In words.</Message></Error>")
	}
}

func TestFailuresAreSorted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	impatient := setup(t, func(o *s3.Options) { o.Timeout = 200 * time.Millisecond })
	hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	broken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for name, c := range map[string]struct {
		fault http.HandlerFunc
		want  social.Code
	}{
		"away":       {answering(503, "ServiceUnavailable"), social.CodeUnavailable},
		"too much":   {answering(503, "SlowDown"), social.CodeUnavailable},
		"at once":    {answering(409, "ConditionalRequestConflict"), social.CodeUnavailable},
		"broken off": {broken, social.CodeUnavailable},
		"hanging":    {hang, social.CodeTimeout},
		"denied":     {answering(403, "AccessDenied"), social.CodeInternal},
		"no bucket":  {answering(404, "NoSuchBucket"), social.CodeInternal},
	} {
		b := b
		if c.want == social.CodeTimeout {
			b = impatient
		}
		b.fault.Store(&c.fault)
		for op, call := range calls(b) {
			if op == "stat" && name == "no bucket" {
				continue // the answer to a HEAD has no body that would tell
			}
			err := call(t.Context())
			require.Equal(t, c.want, social.CodeOf(err), "%s, %s: %v", name, op, err)
			require.Equal(t, c.want != social.CodeInternal, media.Passing(err))
		}
	}
}

func TestEveryMistakeIsNamed(t *testing.T) {
	t.Parallel()
	_, err := s3.New(s3.Options{Endpoint: "s3.example.com", Domain: "media.example.com"})
	for _, name := range []string{"Endpoint", "Region", "AccessKey", "SecretKey", "Bucket", "Domain", "PrivateBucket"} {
		require.ErrorContains(t, err, name)
	}
	_, err = s3.New(s3.Options{
		Endpoint: "https://s3.example.com/path", Region: "r", AccessKey: "a", SecretKey: "s", Bucket: "b", PrivateBucket: "b", Domain: "https://a.example.com",
	})
	require.ErrorContains(t, err, "another than Bucket")
	require.ErrorContains(t, err, "no path")
}
