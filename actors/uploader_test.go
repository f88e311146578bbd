package actors_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

func uploaders(t *testing.T, n int) *actors.Uploaders {
	t.Helper()
	u, err := setup(t, town(1)).system.Uploaders(nil, n)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, u.Stop(context.Background())) })
	return u
}

func TestTransfersAreBounded(t *testing.T) {
	t.Parallel()
	u := uploaders(t, 2)
	var at, most atomic.Int32
	release, done := make(chan struct{}), make(chan error, 8)
	for range cap(done) {
		go func() {
			done <- u.Transfer(context.Background(), func(context.Context, media.Store) error {
				if n := at.Add(1); n > most.Load() {
					most.Store(n)
				}
				<-release
				at.Add(-1)
				return nil
			})
		}()
	}
	require.Eventually(t, func() bool { return at.Load() == 2 }, 10*time.Second, time.Millisecond)
	late, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := u.Transfer(late, func(context.Context, media.Store) error { return nil })
	require.True(t, media.Passing(err), "%v", err)
	close(release)
	for range cap(done) {
		require.NoError(t, <-done)
	}
	require.EqualValues(t, 2, most.Load())
}

func TestAPanicEndsOneTransferOnly(t *testing.T) {
	t.Parallel()
	u := uploaders(t, 1)
	for range 30 {
		err := u.Transfer(t.Context(), func(context.Context, media.Store) error { panic("a fault") })
		require.Equal(t, social.CodeInternal, social.CodeOf(err))
		require.NoError(t, u.Transfer(t.Context(), func(context.Context, media.Store) error { return nil }))
	}
}

func TestAStoreThatIsDownIsLeftAlone(t *testing.T) {
	t.Parallel()
	u := uploaders(t, 1)
	asked := 0
	for range 20 {
		err := u.Transfer(t.Context(), func(context.Context, media.Store) error {
			asked++
			return media.Unavailable(errors.New("refused"))
		})
		require.Equal(t, social.CodeUnavailable, social.CodeOf(err))
	}
	require.Equal(t, 5, asked)

	u = uploaders(t, 1)
	for range 20 {
		require.Error(t, u.Transfer(t.Context(), func(context.Context, media.Store) error { return media.NotFound("a") }))
	}
	require.NoError(t, u.Transfer(t.Context(), func(context.Context, media.Store) error { return nil }), "what is the caller's fault is not the store's")
}

// Who waits in vain for an actor tells nothing of the store.
func TestWaitingInVainDoesNotCountForTheStore(t *testing.T) {
	t.Parallel()
	u := uploaders(t, 1)
	down := func(context.Context, media.Store) error { return media.Unavailable(errors.New("refused")) }
	for range 4 {
		require.Error(t, u.Transfer(t.Context(), down))
	}
	begun, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- u.Transfer(context.Background(), func(ctx context.Context, s media.Store) error {
			close(begun)
			<-release
			return down(ctx, s)
		})
	}()
	<-begun
	vain, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.Equal(t, social.CodeTimeout, social.CodeOf(u.Transfer(vain, down)))
	close(release)
	require.Error(t, <-ended) // the fifth
	err := u.Transfer(t.Context(), func(context.Context, media.Store) error {
		t.Error("it was asked")
		return nil
	})
	require.Equal(t, social.CodeUnavailable, social.CodeOf(err))
}
