package qiniu_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/mediatest"
	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
	"github.com/swiperhq/swiper/media/qiniu"
	"github.com/swiperhq/swiper/social"
)

const key = media.Key("pictures/aa/one.png")

func put(ctx context.Context, b *bundle, n int) error {
	data := mediatest.Picture(1, n)
	return b.store.Put(ctx, key, bytes.NewReader(data), int64(n), "image/png")
}

func calls(b *bundle) map[fakeqiniu.Operation]func(context.Context) error {
	return map[fakeqiniu.Operation]func(context.Context) error{
		fakeqiniu.Upload:   func(ctx context.Context) error { return put(ctx, b, 100) },
		fakeqiniu.Part:     func(ctx context.Context) error { return put(ctx, b, 9<<20) },
		fakeqiniu.Complete: func(ctx context.Context) error { return put(ctx, b, 9<<20) },
		fakeqiniu.Stat:     func(ctx context.Context) error { _, err := b.store.Stat(ctx, key); return err },
		fakeqiniu.Delete:   func(ctx context.Context) error { return b.store.Delete(ctx, key) },
		fakeqiniu.Download: func(ctx context.Context) error { _, _, err := b.store.Open(ctx, key); return err },
		fakeqiniu.Prefetch: func(ctx context.Context) error { return b.store.Prefetch(ctx, key) },
		fakeqiniu.Refresh:  func(ctx context.Context) error { return b.store.Refresh(ctx, key) },
	}
}

func TestWhatIsAwayPasses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for op, call := range calls(b) {
		b.fake.Break(op, fakeqiniu.Unavailable, fakeqiniu.Unavailable, fakeqiniu.Unavailable, fakeqiniu.Unavailable, fakeqiniu.Unavailable)
		err := call(t.Context())
		require.Equal(t, social.CodeUnavailable, social.CodeOf(err), "%s: %v", op, err)
		require.True(t, media.Passing(err))
		b.fake.Mend()
	}
}

func TestWhatIsDeniedDoesNotPass(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for op, call := range calls(b) {
		b.fake.Break(op, fakeqiniu.Denied, fakeqiniu.Denied, fakeqiniu.Denied, fakeqiniu.Denied)
		err := call(t.Context())
		require.Equal(t, social.CodeInternal, social.CodeOf(err), "%s: %v", op, err)
		b.fake.Mend()
	}
}

func TestWhatHangsEndsInTime(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *qiniu.Options) { o.Timeout = 300 * time.Millisecond })
	for op, call := range calls(b) {
		b.fake.Break(op, fakeqiniu.Hang, fakeqiniu.Hang, fakeqiniu.Hang, fakeqiniu.Hang)
		err := call(t.Context())
		require.Equal(t, social.CodeTimeout, social.CodeOf(err), "%s: %v", op, err)
		require.True(t, media.Passing(err))
		b.fake.Mend()
	}
}

func TestALostAnswerIsMadeUpForByAskingAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, size := range []int{100, 9 << 20} {
		for _, op := range []fakeqiniu.Operation{fakeqiniu.Upload, fakeqiniu.Complete} {
			b.fake.Break(op, fakeqiniu.LostAnswer)
		}
		if err := put(t.Context(), b, size); err != nil {
			require.True(t, media.Passing(err), err)
			require.NoError(t, put(t.Context(), b, size))
		}
		info, err := b.store.Stat(t.Context(), key)
		require.NoError(t, err)
		require.EqualValues(t, size, info.Size)
		require.Equal(t, fakeqiniu.Hash(mediatest.Picture(1, size)), info.Hash)
		b.fake.Mend()
		b.fake.Break(fakeqiniu.Delete, fakeqiniu.LostAnswer)
		if err := b.store.Delete(t.Context(), key); err != nil {
			require.True(t, media.Passing(err), err)
			require.NoError(t, b.store.Delete(t.Context(), key))
		}
		require.Empty(t, b.fake.Keys("pictures"))
	}
}

func TestTheCDNIsToldAHundredAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	keys := make([]media.Key, 250)
	for i := range keys {
		keys[i] = key
	}
	keys[7] = media.Staged("upload_1") // private ones are nothing to a CDN
	require.NoError(t, b.store.Prefetch(t.Context(), keys...))
	require.Equal(t, 3, b.fake.Calls(fakeqiniu.Prefetch))
	urls := b.fake.URLs(fakeqiniu.Prefetch)
	require.Len(t, urls, 249)
	require.Equal(t, b.store.URL(key), urls[0])
	require.Empty(t, b.fake.URLs(fakeqiniu.Refresh))
}

func TestEveryMistakeIsNamed(t *testing.T) {
	t.Parallel()
	_, err := qiniu.New(qiniu.Options{Domain: "media.example.com", CallbackURL: "x", Endpoint: "y", Region: "../"})
	for _, name := range []string{"AccessKey", "SecretKey", "Region", "region", "Bucket", "Domain", "PrivateBucket", "PrivateDomain", "CallbackURL", "Endpoint"} {
		if name != "Region" {
			require.ErrorContains(t, err, name)
		}
	}
	require.NotContains(t, err.Error(), "secret of mine")
	_, err = qiniu.New(qiniu.Options{
		AccessKey: "a", SecretKey: "s", Region: "cn-east-2", Bucket: "b", PrivateBucket: "b", Domain: "https://a.example.com", PrivateDomain: "https://b.example.com",
	})
	require.ErrorContains(t, err, "another than Bucket")
}
