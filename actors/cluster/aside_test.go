package cluster_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/swiperhq/swiper/actors/cluster"
)

// slow is handled aside: it tells that it has begun and waits to be let go.
type slow struct {
	begun, release chan struct{}
	fail           bool
}

func (slow) Aside() {}

// call makes the actor send itself something.
type call struct{ held slow }

// scribe writes down what it handles; Int64 asks for it and begins anew.
type scribe struct{ seen []string }

func (s *scribe) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case slow:
		s.seen = append(s.seen, "slow")
		m.begun <- struct{}{}
		<-m.release
		if m.fail {
			panic("on purpose")
		}
		s.seen = append(s.seen, "done")
	case call:
		s.seen = append(s.seen, "call")
		ctx.Send(ctx.Self(), m.held)
	case *actor.Stopping:
		s.seen = append(s.seen, "stopping")
	case *wrapperspb.StringValue:
		s.seen = append(s.seen, m.Value)
		if m.Value == "what" {
			ctx.Respond(wrapperspb.String(strings.Join(s.seen, " ")))
			s.seen = nil
		}
	}
}

func scribeNode(t *testing.T) (*cluster.Node, *actor.PID) {
	t.Helper()
	n := start(t, cluster.Kind{Name: "scribe", New: func() actor.Actor { return &scribe{} }})
	pid := n.PID(t.Context(), "scribe", "a")
	require.NotNil(t, pid)
	return n, pid
}

// asked gives what the actor has handled, once it says so.
func asked(t *testing.T, n *cluster.Node) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answer, err := cluster.Ask[*wrapperspb.StringValue](ctx, n, "scribe", "a", wrapperspb.String("what"))
	require.NoError(t, err)
	return answer.Value
}

func newSlow() slow { return slow{begun: make(chan struct{}, 1), release: make(chan struct{})} }

func TestWhatIsAsideKeepsTheOrderAndNoSender(t *testing.T) {
	t.Parallel()
	n, pid := scribeNode(t)
	one, two := newSlow(), newSlow()
	n.Root().Send(pid, wrapperspb.String("before"))
	n.Root().Send(pid, one) // comes back though it is not let go
	<-one.begun
	n.Root().Send(pid, wrapperspb.String("between"))
	n.Root().Send(pid, two)
	n.Root().Send(pid, wrapperspb.String("behind"))
	close(one.release)
	<-two.begun
	close(two.release)
	require.Equal(t, "before slow done between slow done behind what", asked(t, n))
}

// Whoever handles a message for the actor is not kept by what is aside behind it.
func TestWhatIsAsideKeepsNoOtherHandler(t *testing.T) {
	t.Parallel()
	n, pid := scribeNode(t)
	held := newSlow()
	n.Root().Send(pid, call{held}) // handled here, and so would be what it calls for
	<-held.begun
	close(held.release)
	require.Equal(t, "call slow done what", asked(t, n))
}

func TestStopsAndPanicsAside(t *testing.T) {
	t.Parallel()
	n, pid := scribeNode(t)
	fails := newSlow()
	fails.fail = true
	n.Root().Send(pid, fails)
	<-fails.begun
	n.Root().Send(pid, wrapperspb.String("behind"))
	close(fails.release)
	require.Equal(t, "behind what", asked(t, n), "of the next incarnation")

	last := newSlow()
	n.Root().Send(pid, last)
	<-last.begun
	stopped := n.Root().StopFuture(pid)
	close(last.release)
	require.NoError(t, stopped.Wait())
	require.Equal(t, "what", asked(t, n), "of the next activation")
}
