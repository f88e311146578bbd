package e2e_test

import (
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testetcd"
	"github.com/swiperhq/swiper/internal/testrace"
	"github.com/swiperhq/swiper/social"
)

// providers are the ways to make a cluster; each gives the setting of a fresh one.
func providers() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"static": func(testing.TB) string { return "static" },
		"etcd": func(t testing.TB) string {
			t.Helper()
			return "etcd:" + testetcd.Start(t).Address
		},
	}
}

// skipTimed skips under the race detector what depends on members' answers in time.
func skipTimed(t *testing.T) {
	t.Helper()
	if testrace.Enabled {
		t.Skip("skipped under the race detector: members are so slow there that they give each other up")
	}
}

// TestCluster: three processes, any of which serves any user, wherever it lives.
//
//nolint:paralleltest,tparallel // members are timed: only other clusters run beside it
func TestCluster(t *testing.T) {
	for name, provider := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startNodes(t, provider(t), 0)
			w := newWorld(t, c.live(), 60)
			w.attach(c.live())
			for uid := social.UserID(1); uid < 60; uid += 2 {
				require.NotEmpty(t, w.deck(uid))
				require.Empty(t, w.swipe(uid, uid+1, social.MarkLike).Code)
				matched := w.swipe(uid+1, uid, social.MarkLike)
				require.True(t, matched.Matched)
				require.True(t, w.swipe(uid, uid+1, social.MarkLike).Repeated)
				require.True(t, w.isFriend(uid, uid+1).Matched)
				require.True(t, w.rewind(uid).Unmatched)
				require.False(t, w.isFriend(uid, uid+1).Matched)
			}
			w.requireSound()
			users, matchmakers := 0, 0
			for _, p := range c.live() {
				v, ok := viewOf(t, p)
				require.True(t, ok)
				for _, m := range v.Members {
					require.Contains(t, m.Kinds, "user")
					require.NotEmpty(t, m.Version)
					if m.ID == v.Self {
						require.Positive(t, m.Activations["user"], "every node has users")
						users += m.Activations["user"]
						matchmakers += m.Activations["matchmaker"]
					} else {
						require.Nil(t, m.Activations)
					}
				}
			}
			require.Equal(t, 60, users, "each lives in one place")
			require.Equal(t, 3, matchmakers)
		})
	}
}

// TestClusterSurvivesKill: a node dies by SIGKILL; soon everybody is served again
// by the others, and what was acknowledged is there.
//
//nolint:paralleltest,tparallel // members are timed: only other clusters run beside it
func TestClusterSurvivesKill(t *testing.T) {
	skipTimed(t)
	for name, provider := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startNodes(t, provider(t), 0)
			w := newWorld(t, c.live(), 60)
			w.attach(c.live())
			for uid := social.UserID(1); uid <= 60; uid++ {
				require.Empty(t, w.swipe(uid, uid%60+1, social.MarkDislike).Code)
			}
			c.running[1].kill()
			died := time.Now()
			w.attach(c.live())
			for uid := social.UserID(1); uid <= 60; uid++ {
				require.Eventually(t, func() bool {
					op := w.swipe(uid, uid%60+1, social.MarkDislike)
					return op.Code == "" && op.Repeated
				}, time.Minute, 10*time.Millisecond)
			}
			took := time.Since(died)
			t.Logf("everybody was served again %s after the kill", took.Round(10*time.Millisecond))
			require.Less(t, took, 15*time.Second)
			c.settle(2)
			c.start(1)
			c.settle(3)

			c.running[1].kill()
			c.start(1) // at once, as a supervisor would: it takes the place of the dead
			c.settle(3)
			w.attach(c.live())
			for uid := social.UserID(1); uid <= 60; uid++ {
				require.Empty(t, w.swipe(uid, uid%60+1, social.MarkDislike).Code)
			}
		})
	}
}

// TestClusterChangesWithoutFailures: a node leaves by SIGTERM and a fourth joins
// under traffic; no request fails.
//
//nolint:paralleltest,tparallel // members are timed: only other clusters run beside it
func TestClusterChangesWithoutFailures(t *testing.T) {
	skipTimed(t)
	for name, provider := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startNodes(t, provider(t), 1, "--cluster.leave_after", "1s")
			tr := c.traffic(600, 16)
			tr.await(500)
			c.start(3)
			c.settle(4)
			tr.await(500)
			c.running[0].stop()
			c.settle(3)
			tr.await(500)
			c.start(0)
			c.settle(4)
			tr.await(500)
			answered, failed, slowest := tr.end()
			t.Logf("%d requests, %d failed, the slowest took %s", answered, len(failed), slowest.Round(time.Millisecond))
			require.Empty(t, first(failed, 5))
		})
	}
}

// TestFrozenNodeEnds: a node that was stopped for longer than others wait for it
// serves nobody when it wakes up, and ends with code 3.
//
//nolint:paralleltest,tparallel // members are timed: only other clusters run beside it
func TestFrozenNodeEnds(t *testing.T) {
	skipTimed(t)
	for name, provider := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startNodes(t, provider(t), 0)
			frozen := c.running[2]
			require.NoError(t, frozen.cmd.Process.Signal(syscall.SIGSTOP))
			stopped := time.Now()
			t.Cleanup(func() { _ = frozen.cmd.Process.Signal(syscall.SIGCONT) })
			others := &nodes{t: t, running: c.running[:2]}
			others.settle(2)
			t.Logf("the others went on without it after %s", time.Since(stopped).Round(10*time.Millisecond))
			wait(t, stopped.Add(7*time.Second))
			require.NoError(t, frozen.cmd.Process.Signal(syscall.SIGCONT))
			woken := time.Now()
			select {
			case <-frozen.done:
			case <-time.After(20 * time.Second):
				t.Fatalf("it did not end:\n%s", frozen.logs)
			}
			t.Logf("it ended %s after it woke up", time.Since(woken).Round(10*time.Millisecond))
			require.Equal(t, 3, frozen.cmd.ProcessState.ExitCode(), frozen.logs)
			lines := strings.Split(frozen.logs.String(), "\n")
			require.Contains(t, lines[len(lines)-1], `"level":"ERROR","msg":"membership lost"`)
			c.start(2)
			c.settle(3)
		})
	}
}

// wait waits for a moment.
func wait(t testing.TB, until time.Time) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), until)
	defer cancel()
	<-ctx.Done()
}

// TestClusterOutlivesEtcd: etcd goes away, comes back, and loses its data.
//
//nolint:paralleltest // members are timed: only other clusters run beside it
func TestClusterOutlivesEtcd(t *testing.T) {
	skipTimed(t)
	etcd := testetcd.Start(t)
	c := startNodes(t, "etcd:"+etcd.Address, 0)
	tr := c.traffic(300, 8)
	tr.await(200)

	etcd.Kill()
	wait(t, time.Now().Add(6*time.Second)) // longer than leases live
	tr.await(200)
	etcd.Restart(t)
	wait(t, time.Now().Add(4*time.Second))
	c.settle(3)

	etcd.Kill()
	etcd.Forget(t)
	wait(t, time.Now().Add(4*time.Second))
	etcd.Restart(t)
	began := time.Now()
	require.Len(t, c.live(), 3)
	require.Eventually(t, func() bool { return etcd.Count("/swiper/") == 4 }, 30*time.Second, 100*time.Millisecond, "the generation and three members are not registered again")
	c.settle(3)
	t.Logf("all were registered in the empty etcd %s after its start", time.Since(began).Round(10*time.Millisecond))
	wait(t, time.Now().Add(11*time.Second)) // past the grace of those who do not come back
	c.settle(3)
	tr.await(200)
	answered, failed, _ := tr.end()
	t.Logf("%d requests, %d failed", answered, len(failed))
	require.Empty(t, first(failed, 5))

	for _, p := range c.live() {
		require.Equal(t, http.StatusOK, admin(t, p, http.MethodGet, "/readyz", nil).status)
	}
	c.running[1].kill()
	c.settle(2) // and deaths are noticed in the new generation
}
