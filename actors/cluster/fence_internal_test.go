package cluster

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asked is a membership that answers Confirm.
type asked struct {
	Membership
	member bool
	err    error
}

func (a asked) Confirm(context.Context) (bool, error) { return a.member, a.err }

// frozen gives a fence that has not been beaten for a while.
func frozen() *fence { return &fence{base: time.Now().Add(-10 * time.Second), watched: true} }

func TestFrozenNodesServeOnlyOnceConfirmed(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]asked{"still a member": {member: true}, "nobody to ask": {err: errors.New("away")}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := frozen()
			require.False(t, f.open(), "before anything has looked")
			go f.watch(t.Context(), m, func(string) { t.Error("lost") }, slog.New(slog.DiscardHandler))
			require.Eventually(t, f.open, 20*time.Second, time.Millisecond)
		})
	}
}

func TestFrozenNodesThatWereGivenUpAreLost(t *testing.T) {
	t.Parallel()
	f, lost := frozen(), make(chan string, 1)
	f.watch(t.Context(), asked{member: false}, func(reason string) { lost <- reason }, slog.New(slog.DiscardHandler))
	require.Contains(t, <-lost, "frozen for 10.")
	require.False(t, f.open())
}
