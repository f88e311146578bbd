package load_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/bench/load"
)

func newWRK(t *testing.T, threads int) (*load.WRK, func(from, to int64) map[swipe]int) {
	t.Helper()
	if _, err := exec.LookPath("wrk"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "wrk must be installed in CI")
		t.Skip("skipped: wrk is not installed, so its script was not tested")
	}
	s, tokens := sequence(t)
	w, err := load.NewWRK(t.TempDir(), s, tokens, threads, 8)
	require.NoError(t, err)
	return w, func(from, to int64) map[swipe]int { return numbers(s, from, to) }
}

// The script sends the sequence: each swipe once, by the bearer of the right token,
// from the number that it was told to the one it gives back. Some numbers are where
// answers are among the swipes, others where there are none any more.
func TestScriptSendsTheSequence(t *testing.T) {
	t.Parallel()
	for _, run := range []struct {
		threads int
		first   int64
	}{{1, 7}, {1, 59_990}, {2, 1000}} {
		t.Run(fmt.Sprintf("%d threads from %d on", run.threads, run.first), func(t *testing.T) {
			t.Parallel()
			w, numbers := newWRK(t, run.threads)
			s := start(t)
			r, next, err := w.Run(t.Context(), s.URL, run.first, time.Second)
			require.NoError(t, err)
			require.Zero(t, r.Errors(), r)
			require.Positive(t, r.OK())
			require.Positive(t, r.CPU)
			sent := s.swipes()
			require.LessOrEqual(t, r.OK(), int64(len(sent)), "what is counted was sent")
			known := numbers(run.first, next)
			for swipe, times := range sent {
				require.Equal(t, 1, times, swipe)
				require.Equal(t, 1, known[swipe], swipe)
			}
			if run.threads > 1 {
				return // one may be behind the other
			}
			for early := range numbers(run.first+1, run.first+r.OK()) {
				require.Equal(t, 1, sent[early], early)
			}
		})
	}
}

// Several send at a time without sending a swipe twice.
func TestSeveralShareTheSequence(t *testing.T) {
	t.Parallel()
	w, numbers := newWRK(t, 2)
	servers := []*server{start(t), start(t), start(t)}
	var urls []string
	for _, s := range servers {
		urls = append(urls, s.URL)
	}
	const first = 1000
	r, next, err := w.RunAll(t.Context(), urls, first, time.Second)
	require.NoError(t, err)
	require.Zero(t, r.Errors(), r)
	known, sent := numbers(first, next), map[swipe]int{}
	for _, s := range servers {
		got := s.swipes()
		require.NotEmpty(t, got)
		for swipe, times := range got {
			sent[swipe] += times
		}
	}
	require.LessOrEqual(t, r.OK(), int64(len(sent)))
	for swipe, times := range sent {
		require.Equal(t, 1, times, swipe)
		require.Equal(t, 1, known[swipe], swipe)
	}
}

func TestWRKCountsRefusals(t *testing.T) {
	t.Parallel()
	w, _ := newWRK(t, 1)
	s := start(t, func(s *server) { s.status = http.StatusServiceUnavailable })
	r, _, err := w.Run(t.Context(), s.URL, 0, time.Second)
	require.NoError(t, err)
	require.Zero(t, r.OK())
	require.Equal(t, r.Requests, r.Errors())
	require.Zero(t, r.Rate())
}

func TestWRKTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w, _ := newWRK(t, 1)
	s := start(t)
	s.Close()
	_, _, err := w.Run(t.Context(), s.URL, 0, time.Second)
	require.ErrorContains(t, err, "wrk")
}
