//go:build linux

package fault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/chaos/fault"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
)

// The same seed gives the same steps, another one others, and all of them come in
// order and within the room.
func TestSteps(t *testing.T) {
	t.Parallel()
	for _, f := range fault.All() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			differ := false
			for seed := range uint64(20) {
				room := f.Least + time.Duration(seed)*5*time.Second
				steps := f.Steps(seed, 3, room)
				require.Equal(t, steps, f.Steps(seed, 3, room))
				require.NotEmpty(t, steps)
				end := time.Duration(0)
				for _, s := range steps {
					require.GreaterOrEqual(t, s.At, end)
					end = s.At + s.Hold
					require.LessOrEqual(t, end, room)
					require.True(t, s.Node == judge.NoNode || (s.Node >= 0 && s.Node < 3))
					require.NotEmpty(t, s.What)
				}
				another := f.Steps(seed+1000, 3, room)
				for i := range min(len(another), len(steps)) {
					differ = differ || another[i] != steps[i]
				}
			}
			require.True(t, differ || f.Name == "clock", "chance decides nothing: midnight alone comes when it comes")
		})
	}
}

func TestKillsFitTheRoom(t *testing.T) {
	t.Parallel()
	kill, err := fault.Named([]string{"kill"})
	require.NoError(t, err)
	require.Len(t, kill[0].Steps(1, 3, kill[0].Least), 1)
	require.Len(t, kill[0].Steps(1, 3, time.Minute), 3)
	require.Len(t, kill[0].Steps(1, 3, time.Hour), 3)
}

func TestNamed(t *testing.T) {
	t.Parallel()
	some, err := fault.Named([]string{"postgres", "kill"})
	require.NoError(t, err)
	require.Equal(t, []string{"postgres", "kill"}, []string{some[0].Name, some[1].Name})
	_, err = fault.Named([]string{"kill", "earthquake"})
	require.ErrorContains(t, err, `no fault "earthquake"`)
	require.ErrorContains(t, err, "split-pair")
	for _, f := range fault.All() {
		require.NotEmpty(t, f.Does)
		require.NotNil(t, f.Feels)
		require.NotEmpty(t, f.Bounds())
		require.Positive(t, f.Least)
	}
}
