package e2e_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// TestAnExportKilledAtEveryStep kills the process behind each step on the way of an
// export. Each is ready soon after the restart, told once, and gone a day later,
// with all that dead attempts have stored.
func TestAnExportKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			flags := s.flags(t)
			steps := []string{"request", "prepare", "put", "stat", "finish", "end"}
			people := make([]*client, len(steps))
			p := start(t, startOptions{flags: append(slices.Clone(flags), "--demo")})
			for i := range people {
				people[i] = uploader(t, p, social.UserID(i+1))
			}
			p.stop()
			accepted := make([]answer, len(steps))
			for i, step := range steps {
				p := start(t, startOptions{flags: flags, dies: true, tags: "sabotage", env: []string{"SWIPER_TEST_DIE_AT=" + step}})
				if p.HTTP != "" { // else an export of before has come to the step already
					people[i].base = p.HTTP
					accepted[i] = people[i].call(t.Context(), http.MethodPost, "/v1/me/export", nil)
				}
				select {
				case <-p.done:
					require.Equal(t, -1, p.cmd.ProcessState.ExitCode(), "killed at %s", step)
				case <-time.After(time.Minute):
					require.Fail(t, "the process did not come to the step", step)
				}
			}

			restarted := time.Now()
			p = start(t, startOptions{flags: flags})
			urls := make([]string, len(people))
			for i, step := range steps {
				c := people[i]
				c.base = p.HTTP
				again, e := c.export(t, nil)
				if accepted[i].status == http.StatusAccepted {
					require.Equal(t, string(accepted[i].body), string(again.body), "the same task: %s", step)
					require.Less(t, time.Since(restarted), restartBound, step)
				}
				require.Equal(t, http.StatusOK, c.fetch(t, e.URL).status, step)
				told := taskEvents(t, c)
				require.Len(t, told, 1, step)
				require.Equal(t, "done", told[0].State, step)
				urls[i] = e.URL
			}
			require.GreaterOrEqual(t, len(objects(t, flags)), len(people))
			p.stop()

			p = start(t, startOptions{flags: flags, tags: "sabotage", env: []string{"SWIPER_TEST_CLOCK_OFFSET=25h"}})
			for i, c := range people {
				c.base = p.HTTP
				require.Equal(t, http.StatusNotFound, c.fetch(t, urls[i]).status, steps[i])
			}
			var left []string
			require.Eventually(t, func() bool {
				left = objects(t, flags)
				return len(left) == 0
			}, 2*time.Minute, 200*time.Millisecond, "%v", &left)
		})
	}
}
