package e2e_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// restartBound is how soon after a restart every accepted picture has ended.
const restartBound = 40 * time.Second

// TestKilledAtEveryStep kills the process behind each step on the way of a picture, and
// of one that is deleted. Whatever was accepted is published, once; nothing is left
// over a day later.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			flags := s.flags(t)
			start(t, startOptions{flags: append(slices.Clone(flags), "--demo")}).stop() // makes the people
			dying := func(step string, offset time.Duration) *program {
				return start(t, startOptions{flags: flags, tags: "sabotage", env: []string{
					"SWIPER_DIE_AT=" + step, "SWIPER_TEST_CLOCK_OFFSET=" + offset.String(),
				}})
			}
			died := func(p *program, step string) {
				t.Helper()
				select {
				case <-p.done:
					require.Equal(t, -1, p.cmd.ProcessState.ExitCode(), "killed at %s", step)
				case <-time.After(time.Minute):
					require.Fail(t, "the process did not come to the step", step)
				}
			}

			steps := []string{"open", "stage", "accept", "fetch", "claim", "put", "stat", "publish", "unstage", "end"}
			sent := make([]answer, len(steps))
			for i, step := range steps {
				p := dying(step, 0)
				sent[i] = uploader(t, p, social.UserID(i+1)).send(t, "image/jpeg", bytes.NewReader(photo(t, uint8(10*i))))
				died(p, step)
			}

			restarted := time.Now()
			p := start(t, startOptions{flags: flags})
			people := make([]*client, len(steps))
			for i, step := range steps {
				people[i] = uploader(t, p, social.UserID(i+1))
				accepted := sent[i].status == http.StatusAccepted
				if !accepted { // nobody was told that it arrived
					require.Contains(t, []string{"open", "stage", "accept"}, step)
					sent[i] = people[i].send(t, "image/jpeg", bytes.NewReader(photo(t, uint8(10*i))))
				}
				state, failure, result := people[i].task(t, sent[i])
				if accepted {
					require.Less(t, time.Since(restarted), restartBound, step)
				}
				require.Equal(t, "done", state, "%s: %s", step, failure)
				require.Equal(t, result, people[i].me(t), step)
				require.Equal(t, http.StatusOK, people[i].get(t, result.URL).status, step)
			}
			first := people[0]
			state, failure, _ := first.task(t, first.send(t, "image/jpeg", bytes.NewReader(photo(t, 250))))
			require.Equal(t, "done", state, failure)
			urls := make([]string, len(people))
			for i, c := range people {
				urls[i] = c.me(t).URL
				told := map[string]bool{}
				for _, e := range taskEvents(t, c) {
					require.Equal(t, "done", e.State, steps[i])
					require.False(t, told[e.TaskID], "published twice: %s", steps[i])
					told[e.TaskID] = true
				}
				require.NotEmpty(t, told, steps[i])
			}
			p.stop()

			const day = 25 * time.Hour
			for _, step := range []string{"drop", "delete", "forget"} {
				died(dying(step, day), step)
			}
			p = dying("never", day)
			var left []string
			require.Eventually(t, func() bool {
				left = objects(t, flags)
				return len(left) == 3*len(people)
			}, 2*time.Minute, 200*time.Millisecond, "three sizes a picture, and nothing else: %v", &left)
			for i, c := range people {
				c.base = p.HTTP
				require.Equal(t, http.StatusOK, c.get(t, urls[i]).status, steps[i])
			}
		})
	}
}

type taskEvent struct {
	TaskID string `json:"task_id"`
	State  string
}

func taskEvents(t testing.TB, c *client) (all []taskEvent) {
	t.Helper()
	var heard struct {
		Events []struct {
			Kind string
			Data json.RawMessage
		}
	}
	c.call(t.Context(), http.MethodGet, "/v1/events", nil).into(t, &heard)
	for _, e := range heard.Events {
		if e.Kind == "task" {
			var one taskEvent
			require.NoError(t, json.Unmarshal(e.Data, &one))
			all = append(all, one)
		}
	}
	return all
}

// objects are the files in a program's store of media.
func objects(t testing.TB, flags []string) (paths []string) {
	t.Helper()
	root := filepath.Join(flags[slices.Index(flags, "--data.dir")+1], "media", "objects")
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, strings.TrimPrefix(path, "./"))
		}
		return nil // it may have been deleted meanwhile
	})
	require.NoError(t, err)
	return paths
}
