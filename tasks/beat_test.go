package tasks_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/tasks"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func TestDaily(t *testing.T) {
	t.Parallel()
	shanghai := zone(t, "Asia/Shanghai")
	at := func(z *time.Location, month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, z)
	}
	for _, c := range []struct {
		name      string
		turns     tasks.Turns
		now, want time.Time
	}{
		{"before", tasks.Daily(4, 30), at(shanghai, 3, 14, 4, 29), at(shanghai, 3, 13, 4, 30)},
		{"at", tasks.Daily(4, 30), at(shanghai, 3, 14, 4, 30), at(shanghai, 3, 14, 4, 30)},
		{"on the first of a month", tasks.Daily(4, 30), at(shanghai, 3, 1, 0, 0), at(shanghai, 2, 28, 4, 30)},
		{"hourly", tasks.Every(time.Hour), at(shanghai, 3, 14, 4, 59), at(shanghai, 3, 14, 4, 0)},
	} {
		require.True(t, c.want.Equal(c.turns(c.now)), "%s: %s", c.name, c.turns(c.now))
	}
}

// On the days when clocks leap or show an hour twice there is one turn, too.
func TestDailyWhenClocksChange(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	turns := tasks.Daily(2, 30)
	for _, day := range []time.Time{time.Date(2026, 3, 29, 0, 0, 0, 0, berlin), time.Date(2026, 10, 25, 0, 0, 0, 0, berlin)} {
		seen := map[int64]bool{}
		for minute := range 24 * 60 {
			seen[turns(day.Add(time.Duration(minute)*time.Minute)).Unix()] = true
		}
		require.Len(t, seen, 2, "that of the day before and one of %s: %v", day, seen)
	}
}

// Two nodes enqueue each turn once, those missed while none ran as one.
func TestSchedule(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		w.clock.now = time.Date(2026, 3, 14, 3, 0, 0, 0, zone(t, "Asia/Shanghai"))
		ran := make(chan struct{}, 10)
		h := handle(w.t, kind(), func(context.Context, *tasks.Run, args) (any, error) {
			ran <- struct{}{}
			return nil, nil
		})
		nightly := func(o *tasks.Options) {
			o.Zone = func() *time.Location { return zone(t, "Asia/Shanghai") }
			o.Schedules = []tasks.Schedule{{
				Name: "nightly", Turns: tasks.Daily(4, 0), Task: func() (persistence.Task, error) { return kind().New(args{}) },
			}}
		}
		// done waits until so many have run and says how many were made.
		done := func(n int) {
			w.t.Helper()
			signal(w.t, ran)
			require.Eventually(w.t, func() bool {
				list, err := w.db.ListTasks(w.t.Context(), persistence.TaskFilter{State: persistence.TaskDone, Limit: 10})
				require.NoError(w.t, err)
				return len(list) == n
			}, patience, 5*time.Millisecond)
		}
		a, b, c := w.startUnstopped(h, nightly), w.startUnstopped(h, nightly), w.startUnstopped(h, nightly)
		done(1) // the first look ever
		w.clock.forward(time.Hour)
		done(2)
		w.stop(a)
		w.stop(b)
		w.stop(c)
		w.clock.forward(3 * 24 * time.Hour)
		for range 3 {
			w.start(h, nightly)
		}
		done(3)
		w.clock.forward(24 * time.Hour)
		done(4)
		list, err := w.db.ListTasks(w.t.Context(), persistence.TaskFilter{Limit: 10})
		require.NoError(w.t, err)
		require.Len(w.t, list, 4, "and no more than these")
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for failed := range 100 {
		most := min(2*time.Second<<max(failed-1, 0), 5*time.Minute)
		if failed > 8 {
			most = 5 * time.Minute
		}
		for range 50 {
			d := tasks.Backoff(failed)
			require.LessOrEqual(t, d, most)
			require.GreaterOrEqual(t, d, most*2/3-1)
		}
	}
}
