package cluster_test

import (
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/swiperhq/swiper/actors/cluster"
)

func TestAskActivatesAndAnswers(t *testing.T) {
	t.Parallel()
	n := start(t, echoKind())
	r, err := cluster.Ask[*wrapperspb.StringValue](within(t, 5*time.Second), n, "echo", "1", wrapperspb.String("hello"))
	require.NoError(t, err)
	require.Equal(t, "hello", r.Value)
}

func TestAskTellsUndeliveredFromUnknown(t *testing.T) {
	t.Parallel()
	n := start(t, echoKind())
	err := say(within(t, 50*time.Millisecond), n, "1", "silence")
	require.ErrorIs(t, err, cluster.ErrOutcomeUnknown)
	_, err = cluster.Ask[*wrapperspb.StringValue](within(t, 50*time.Millisecond), n, "nokind", "1", wrapperspb.String("x"))
	require.ErrorIs(t, err, cluster.ErrNotDelivered)
	_, err = cluster.Ask[*wrapperspb.BoolValue](within(t, 5*time.Second), n, "echo", "1", wrapperspb.String("x"))
	require.ErrorContains(t, err, "unexpected answer")
}

func TestPanicIsAnsweredAtOnceAndTheNextRequestWorks(t *testing.T) {
	t.Parallel()
	n := start(t, echoKind())
	ctx := within(t, 20*time.Second)
	for range 30 { // past what supervision restarts: then the actor is stopped and activated anew
		begun := time.Now()
		err := say(ctx, n, "1", "panic")
		var refusal *cluster.RefusalError
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, cluster.ReasonPanic, refusal.Reason)
		require.NotContains(t, refusal.Message, "on purpose")
		require.Less(t, time.Since(begun), time.Second)
		require.NoError(t, say(ctx, n, "1", "hello"))
	}
}

func TestPanicsUnderConcurrencyAnswerEveryone(t *testing.T) {
	t.Parallel()
	n := start(t, echoKind())
	ctx := within(t, 20*time.Second)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			text := "hello"
			if i%4 == 0 {
				text = "panic"
			}
			err := say(ctx, n, "1", text)
			if err != nil {
				var refusal *cluster.RefusalError
				assert.ErrorAs(t, err, &refusal)
			}
		})
	}
	wg.Wait()
	require.NoError(t, ctx.Err())
	require.NoError(t, say(ctx, n, "1", "hello"))
}

func TestConstructorPanicHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	n := start(t, echoKind(), cluster.Kind{Name: "bad", New: func() actor.Actor { panic("on purpose") }})
	ctx := within(t, 10*time.Second)
	for i := range 100 {
		require.NoError(t, say(ctx, n, id(i), "hello"))
	}
	_, err := cluster.Ask[*wrapperspb.StringValue](within(t, 50*time.Millisecond), n, "bad", "1", wrapperspb.String("x"))
	require.ErrorIs(t, err, cluster.ErrNotDelivered)
	for i := range 100 {
		r, ok, err := cluster.AskActive[*wrapperspb.Int64Value](ctx, n, "echo", id(i), wrapperspb.Int64(0))
		require.NoError(t, err)
		require.True(t, ok)
		require.EqualValues(t, 1, r.Value, "the actor has lived on")
	}
}

func TestWhatIsBehindAStopIsAskedAgain(t *testing.T) {
	t.Parallel()
	e := &echo{block: make(chan struct{}), begun: make(chan struct{}, 1)}
	first := e
	n := start(t, cluster.Kind{Name: "echo", New: func() actor.Actor {
		if f := first; f != nil {
			first = nil
			return f
		}
		return &echo{}
	}})
	ctx := within(t, 10*time.Second)
	var wg sync.WaitGroup
	wg.Go(func() { assert.NoError(t, say(ctx, n, "1", "block")) })
	<-e.begun
	wg.Go(func() { assert.NoError(t, say(ctx, n, "1", "stop")) })
	for range 20 {
		wg.Go(func() { assert.NoError(t, say(ctx, n, "1", "hello")) })
	}
	close(e.block)
	begun := time.Now()
	wg.Wait()
	require.Less(t, time.Since(begun), 2*time.Second, "dead letters are answered at once")
}

func TestAskActiveActivatesNobody(t *testing.T) {
	t.Parallel()
	n := start(t, echoKind())
	ctx := within(t, 5*time.Second)
	_, ok, err := cluster.AskActive[*wrapperspb.Int64Value](ctx, n, "echo", "1", wrapperspb.Int64(0))
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, say(ctx, n, "1", "hello"))
	r, ok, err := cluster.AskActive[*wrapperspb.Int64Value](ctx, n, "echo", "1", wrapperspb.Int64(0))
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 1, r.Value)
}
