package redis_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen at some time.
const patience = 20 * time.Second

func TestHintsOfTheEmbeddedServer(t *testing.T) {
	t.Parallel()
	c := open(t, redis.Embedded)
	requireHints(t, c, c)
}

func TestHintsBetweenNodes(t *testing.T) {
	t.Parallel()
	url := testdb.Redis(t)
	requireHints(t, open(t, url), open(t, url))
}

// requireHints wants that what one client publishes is heard by the subscribers
// of the other, each of its own topic, until they stop.
func requireHints(t *testing.T, publisher, node *redis.Client) {
	t.Helper()
	topic, other := rand.Text(), rand.Text()
	first, second, stray := listen(t, node, topic), listen(t, node, topic), listen(t, node, other)
	first.publishUntilHeard(t, publisher, topic)
	second.publishUntilHeard(t, publisher, topic)
	stray.publishUntilHeard(t, publisher, other)
	require.NoError(t, node.Ping(t.Context()))

	first.stop()
	require.ErrorIs(t, <-first.ended, context.Canceled)
	requireApart(t, publisher, topic, second, stray)
}

func TestSubscriptionOutlivesTheServer(t *testing.T) {
	t.Parallel()
	mini := miniredis.RunT(t)
	c := open(t, "redis://"+mini.Addr())
	l := listen(t, c, "settings")
	l.publishUntilHeard(t, c, "settings")

	mini.Close()
	err := c.Publish(t.Context(), "settings", "")
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
	require.Positive(t, social.AsError(err).RetryAfter)
	require.ErrorIs(t, c.Ping(t.Context()), &social.Error{Code: social.CodeUnavailable})

	require.NoError(t, mini.Restart())
	drain(l.heard)
	l.publishUntilHeard(t, c, "settings")
	require.NoError(t, c.Ping(t.Context()))
}

func TestContextThatHasEnded(t *testing.T) {
	t.Parallel()
	c := open(t, redis.Embedded)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Publish(ctx, "x", ""), &social.Error{Code: social.CodeTimeout})
	require.ErrorIs(t, c.Ping(ctx), &social.Error{Code: social.CodeTimeout})
	require.ErrorIs(t, c.Subscribe(ctx, "x", func(string) {}), context.Canceled)
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	_, err := redis.Open(t.Context(), redis.Options{URL: "redis://127.0.0.1:1"})
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
	for _, url := range []string{"", "http://127.0.0.1", "redis://%zz"} {
		_, err := redis.Open(t.Context(), redis.Options{URL: url})
		require.Error(t, err, url)
	}
}

// The embedded server is for this process alone.
func TestEmbeddedServersAreApart(t *testing.T) {
	t.Parallel()
	a, b := open(t, redis.Embedded), open(t, redis.Embedded)
	ofA, ofB := listen(t, a, "x"), listen(t, b, "x")
	ofB.publishUntilHeard(t, b, "x")
	ofA.publishUntilHeard(t, a, "x")
	requireApart(t, a, "x", ofA, ofB)
}

// requireApart wants that hints which l hears do not reach stray.
func requireApart(t *testing.T, publisher *redis.Client, topic string, l, stray *listener) {
	t.Helper()
	const many = 50 // far more than what may still be on the way to stray from before
	for range many {
		require.NoError(t, publisher.Publish(t.Context(), topic, ""))
	}
	for range many {
		l.wait(t)
	}
	require.Less(t, len(stray.heard), many)
}

func open(t *testing.T, url string) *redis.Client {
	t.Helper()
	c, err := redis.Open(t.Context(), redis.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// listener counts the hints of one subscription.
type listener struct {
	heard chan struct{}
	ended chan error
	stop  context.CancelFunc
}

func listen(t *testing.T, c *redis.Client, topic string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &listener{heard: make(chan struct{}, 1000), ended: make(chan error, 1), stop: cancel}
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.ended <- c.Subscribe(ctx, topic, func(string) { l.heard <- struct{}{} })
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return l
}

// wait waits for one hint.
func (l *listener) wait(t *testing.T) {
	t.Helper()
	select {
	case <-l.heard:
	case <-time.After(patience):
		require.Fail(t, "no hint was heard")
	}
}

// publishUntilHeard repeats a hint, since nobody can know when a subscription
// has begun, and hints may be lost.
func (l *listener) publishUntilHeard(t *testing.T, c *redis.Client, topic string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		_ = c.Publish(t.Context(), topic, "") // may fail while a server comes back
		select {
		case <-l.heard:
			return
		case <-tick.C:
		case <-deadline:
			require.Fail(t, "no hint was heard")
		}
	}
}

func drain(heard chan struct{}) {
	for len(heard) > 0 {
		<-heard
	}
}
