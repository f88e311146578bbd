package cluster_test

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/swiperhq/swiper/actors/cluster"
)

// transports makes members of one process start and leave one after the other:
// each start of the library's transport writes a global of gRPC's.
var transports sync.Mutex

// start boots a node that leaves when the test ends.
func start(t *testing.T, kinds ...cluster.Kind) *cluster.Node {
	t.Helper()
	return startWith(t, prometheus.NewRegistry(), kinds...)
}

func startWith(t *testing.T, reg prometheus.Registerer, kinds ...cluster.Kind) *cluster.Node {
	t.Helper()
	transports.Lock()
	defer transports.Unlock()
	n, err := cluster.Start(t.Context(), cluster.Options{
		Name: "test", Kinds: kinds, Logger: slog.New(slog.DiscardHandler), Registerer: reg,
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		transports.Lock()
		defer transports.Unlock()
		n.Leave()
	})
	return n
}

// echo answers a text with itself. The texts below make it misbehave.
type echo struct {
	block chan struct{} // "block" waits until it is closed
	begun chan struct{} // receives when "block" begins
	count int64
}

func (e *echo) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *cluster.Drain:
		ctx.Stop(ctx.Self())
	case *wrapperspb.Int64Value: // how many texts this activation has seen
		ctx.Respond(wrapperspb.Int64(e.count))
	case *wrapperspb.StringValue:
		e.count++
		switch m.Value {
		case "panic":
			panic("on purpose")
		case "stop":
			ctx.Respond(m)
			ctx.Stop(ctx.Self())
			return
		case "block":
			e.begun <- struct{}{}
			<-e.block
		case "silence":
			return
		}
		ctx.Respond(m)
	}
}

func echoKind() cluster.Kind {
	return cluster.Kind{Name: "echo", New: func() actor.Actor { return &echo{} }}
}

func say(ctx context.Context, n *cluster.Node, id, text string) error {
	_, err := cluster.Ask[*wrapperspb.StringValue](ctx, n, "echo", id, wrapperspb.String(text))
	return err
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func id(i int) string { return strconv.Itoa(i) }
