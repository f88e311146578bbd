package live_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/loadtest/live"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// watch shows a run on opts for as long as d, within a bubble of fake time.
func watch(t *testing.T, opts live.Options, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	live.Run(ctx, opts)
}

// recorder holds ten swipes in each of the seconds until now, and what else came of them.
func recorder(seconds int) *measure.Recorder {
	start := time.Now()
	r := measure.New(measure.Options{Start: start})
	for s := range seconds {
		at := start.Add(time.Duration(s) * time.Second)
		for range 1000 {
			r.Add(measure.Sample{Op: "swipe", Intended: at, Done: at.Add(2500 * time.Microsecond), Outcome: "ok", Matched: true})
		}
		r.Add(measure.Sample{Op: "deck", Intended: at, Done: at.Add(time.Millisecond), Outcome: "timeout"})
		r.Add(measure.Sample{Op: "rewind", Intended: at, Done: at.Add(time.Millisecond), Outcome: "rewind_quota_exceeded"})
	}
	return r
}

func phase() string { return "load" }

func TestPlainLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		watch(t, live.Options{Out: &out, Recorder: recorder(30), Phase: phase, Total: time.Minute}, 12*time.Second)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		require.Len(t, lines, 3, "after 5 s, 10 s, and the last one at 12 s")
		for i, at := range []string{"5s", "10s", "12s"} {
			require.Equal(t, at+" load: 1,002 req/s, 1,000 swipes/s, p50 2.51 ms p95 2.51 ms p99 2.51 ms; "+
				"30,000 matches, 30,000 ok, 30 refused, 30 failed (timeout 30, rewind_quota_exceeded 30)", lines[i])
		}
		require.NotContains(t, out.String(), "\x1b")
	})
}

func TestFrames(t *testing.T) {
	t.Parallel()
	for _, width := range []int{24, 40, 80, 200} {
		synctest.Test(t, func(t *testing.T) {
			screen := &screen{}
			opts := live.Options{
				Out: screen, Terminal: true, Recorder: recorder(30), Phase: func() string { return "warm-up" }, Total: 30 * time.Second,
				Width: func() int { return width },
			}
			ctx, cancel := context.WithTimeout(t.Context(), 16*time.Second)
			defer cancel()
			done := make(chan struct{})
			go func() { defer close(done); live.Run(ctx, opts) }()
			time.Sleep(15*time.Second + time.Millisecond) //nolint:forbidigo // the bubble's time, not the machine's
			synctest.Wait()
			require.GreaterOrEqual(t, screen.frames(), 30, "at least twice a second")
			for _, line := range screen.lines() {
				require.Less(t, utf8.RuneCountInString(line), width)
			}
			if width >= 80 {
				text := strings.Join(screen.lines(), "\n")
				for _, want := range []string{"warm-up ", "50% |", "15s of 30s", "1,002 req/s", "p99 2.51 ms", "30,000 matches", "timeout 30"} {
					require.Contains(t, text, want)
				}
				require.Regexp(t, `\|█+░+\|`, screen.lines()[0])
			}
			<-done
			require.Empty(t, strings.TrimSpace(screen.String()), "nothing is left over")
			require.Equal(t, [2]int{0, 0}, screen.cursor(), "what follows stands where the frame began")
		})
	}
}

// A shorter frame leaves nothing of a longer one behind, and the bar ends full.
func TestFramesChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		screen := &screen{}
		phases := []string{"prepare a long while, in many words", "load", "judge"}
		opts := live.Options{Out: screen, Terminal: true, Phase: func() string { return phases[min(2, screen.frames())] }, Every: time.Second}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); live.Run(ctx, opts) }()
		synctest.Wait()
		require.Equal(t, phases[0], screen.lines()[0], "shown at once, before anything is measured")
		time.Sleep(2500 * time.Millisecond) //nolint:forbidigo // the bubble's time, not the machine's
		synctest.Wait()
		require.Equal(t, "judge", screen.lines()[0])
		cancel()
		<-done

		opts.Recorder, opts.Total = measure.New(measure.Options{Start: time.Now().Add(-time.Hour)}), time.Minute
		ctx, cancel = context.WithCancel(t.Context())
		done = make(chan struct{})
		go func() { defer close(done); live.Run(ctx, opts) }()
		synctest.Wait()
		require.Contains(t, screen.lines()[0], "100% |")
		require.Contains(t, screen.lines()[0], "1m0s of 1m0s")
		require.NotContains(t, screen.lines()[0], "░")
		cancel()
		<-done
	})
}

// What is read back after the load has no rate and no bar.
func TestAfterTheLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := recorder(2)
		r.End(time.Now())
		settle := func() string { return "settle 3/7" }
		var out bytes.Buffer
		watch(t, live.Options{Out: &out, Recorder: r, Phase: settle, Total: time.Minute}, 3*time.Second)
		require.Equal(t, "3s settle 3/7: 2,000 matches, 2,000 ok, 2 refused, 2 failed (timeout 2, rewind_quota_exceeded 2)\n", out.String())

		screen := &screen{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			live.Run(ctx, live.Options{Out: screen, Terminal: true, Recorder: r, Phase: settle, Total: time.Minute})
		}()
		synctest.Wait()
		require.Equal(t, []string{"settle 3/7", "2,000 matches  2,000 ok  2 refused  2 failed", "timeout 2, rewind_quota_exceeded 2"}, screen.lines())
		cancel()
		<-done
	})
}

func TestABufferIsNoTerminal(t *testing.T) {
	t.Parallel()
	require.False(t, live.IsTerminal(&bytes.Buffer{}))
}
