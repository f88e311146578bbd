package accounts_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/social"
)

// cluster is two nodes that hear each other, in a time that only moves when
// everybody waits.
type cluster struct {
	*bundle
	t           *testing.T // of the bubble
	here, there *accounts.Service
	grant       accounts.Grant
	stop        []func()
}

// together runs a test on a cluster of two nodes, with somebody logged in on both.
func together(t *testing.T, test func(c *cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{bundle: setup(t), t: t}
		c.opts.Now = time.Now
		c.opts.Tokens = accounts.NewTokens(key("auth"), time.Now)
		c.here, c.there = c.node(t), c.node(t)
		c.Service = c.here
		for _, s := range []*accounts.Service{c.here, c.there} {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Run(ctx) }()
			c.stop = append(c.stop, func() {
				cancel()
				require.NoError(t, <-done)
			})
		}
		pass(time.Second)
		c.grant = c.login(t, adasPhone)
		c.requireIn(t, c.here)
		c.requireIn(t, c.there)
		test(c)
		c.stop[0]()
		c.stop[1]()
	})
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (c *cluster) requireIn(t *testing.T, s *accounts.Service) {
	t.Helper()
	_, err := s.Verify(t.Context(), c.grant.AccessToken)
	require.NoError(t, err)
}

func (c *cluster) requireOut(t *testing.T, s *accounts.Service) {
	t.Helper()
	_, err := s.Verify(t.Context(), c.grant.AccessToken)
	requireCode(t, social.CodeUnauthenticated, err)
}

func TestSessionsAreReadSeldom(t *testing.T) {
	t.Parallel()
	together(t, func(c *cluster) {
		t := c.t
		before := c.store.sessionReads()
		for range 29 {
			pass(time.Second)
			c.requireIn(t, c.here)
		}
		require.Equal(t, before, c.store.sessionReads())
		pass(2 * time.Second)
		c.requireIn(t, c.here)
		require.Equal(t, before+1, c.store.sessionReads(), "but not never")
	})
}

func TestLogoutIsToldAtOnce(t *testing.T) {
	t.Parallel()
	together(t, func(c *cluster) {
		t := c.t
		require.NoError(t, c.here.Logout(t.Context(), c.grant.AccessToken))
		c.requireOut(t, c.here)
		synctest.Wait()
		c.requireOut(t, c.there)
	})
}

func TestAStolenRefreshTokenIsToldAtOnce(t *testing.T) {
	t.Parallel()
	together(t, func(c *cluster) {
		t := c.t
		_, err := c.here.Refresh(t.Context(), c.grant.RefreshToken)
		require.NoError(t, err)
		c.requireIn(t, c.there)
		_, err = c.here.Refresh(t.Context(), c.grant.RefreshToken)
		requireCode(t, social.CodeUnauthenticated, err)
		synctest.Wait()
		c.requireOut(t, c.here)
		c.requireOut(t, c.there)
	})
}

// However the news gets lost, a logout is in force everywhere within a second.
func TestLogoutWithoutNews(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(c *cluster){
		"signals are away":    func(c *cluster) { c.radio.set(true, 0) },
		"one message is lost": func(c *cluster) { c.radio.set(false, 1) },
		"all are lost":        func(c *cluster) { c.radio.set(false, 1000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			together(t, func(c *cluster) {
				t := c.t
				pass(5 * time.Second)
				c.requireIn(t, c.there)
				lose(c)
				require.NoError(t, c.here.Logout(t.Context(), c.grant.AccessToken))
				c.requireOut(t, c.here)
				pass(time.Second)
				c.requireOut(t, c.there)
			})
		})
	}
}

func TestANodeThatIsSilentIsNotTrusted(t *testing.T) {
	t.Parallel()
	together(t, func(c *cluster) {
		t := c.t
		c.stop[0]() // here
		c.stop[0] = func() {}
		before := c.store.sessionReads()
		for range 10 {
			pass(2 * time.Second)
			c.requireIn(t, c.there)
		}
		require.GreaterOrEqual(t, c.store.sessionReads(), before+9)
		pass(accounts.GoneAfter)
		c.requireIn(t, c.there)
		before = c.store.sessionReads()
		for range 10 {
			pass(2 * time.Second)
			c.requireIn(t, c.there)
		}
		require.Equal(t, before, c.store.sessionReads(), "it counts as stopped")
	})
}

func TestSignalsThatComeBack(t *testing.T) {
	t.Parallel()
	together(t, func(c *cluster) {
		t := c.t
		c.radio.set(true, 0)
		require.NoError(t, c.here.Logout(t.Context(), c.grant.AccessToken))
		pass(3 * time.Second)
		c.radio.set(false, 0)
		pass(time.Second)
		c.requireOut(t, c.there)
		require.Contains(t, c.log.String(), "ended sessions can be told to other nodes again")
		c.clock.advance(time.Minute)
		c.grant = c.login(t, adasPhone)
		c.requireIn(t, c.there)
		before := c.store.sessionReads()
		pass(5 * time.Second)
		c.requireIn(t, c.there)
		require.Equal(t, before, c.store.sessionReads(), "readings are trusted again")
	})
}

// A reading that began before a logout is not remembered behind it.
func TestLogoutDuringAReading(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	b.store.reading = func() { require.NoError(t, b.Logout(t.Context(), g.AccessToken)) }
	_, err := b.Verify(t.Context(), g.AccessToken)
	require.NoError(t, err, "it was first")
	_, err = b.Verify(t.Context(), g.AccessToken)
	requireCode(t, social.CodeUnauthenticated, err)
}

func TestNonsenseOnTheWire(t *testing.T) {
	t.Parallel()
	together(t, func(c *cluster) {
		t := c.t
		for _, message := range []string{"", "x", "x y", "x 99999999999999999999", " ", "\x00"} {
			require.NoError(t, c.radio.Publish(t.Context(), "", message))
		}
		c.requireIn(t, c.here)
		require.NoError(t, c.radio.Publish(t.Context(), "", "x 1 "+c.grant.RefreshToken[:26]))
		c.requireIn(t, c.here) // news makes nodes look, it decides nothing
	})
}

func TestMoreEndsThanCanBeTold(t *testing.T) {
	t.Parallel()
	together(t, func(c *cluster) {
		t := c.t
		c.radio.set(true, 0)
		ids := make([]string, accounts.MaxPending)
		for i := range ids {
			ids[i] = "AAAAAAAAAAAAAAAAAAAAAAAAAA"
		}
		require.NoError(t, c.here.Logout(t.Context(), c.grant.AccessToken))
		c.here.Ended(ids...)
		c.radio.set(false, 0)
		pass(time.Second)
		c.requireOut(t, c.there)
	})
}
