package cluster_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/internal/testrace"
)

// hub is a membership whose members see each other at once.
type hub struct {
	mu      sync.Mutex
	members map[string]*member
}

type member struct {
	hub  *hub
	self cluster.Member
	host cluster.Host
	gone bool // as the others see it
}

func (h *hub) tell() {
	var view []cluster.Member
	for _, m := range h.members {
		view = append(view, m.self)
	}
	for _, m := range h.members {
		m.host.View(view)
	}
}

func (m *member) Join(_ context.Context, self cluster.Member, host cluster.Host) error {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	m.self, m.host = self, host
	m.hub.members[self.ID] = m
	m.hub.tell()
	return nil
}

func (*member) Answer(_ context.Context, payload []byte) ([]byte, error) {
	return slices.Concat([]byte("heard "), payload), nil
}

func (m *member) Confirm(context.Context) (bool, error) { return !m.gone, nil }

func (m *member) Retire(context.Context) error {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	m.self.Retired = true
	m.hub.tell()
	return nil
}

func (m *member) Leave(context.Context) error {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	delete(m.hub.members, m.self.ID)
	m.hub.tell()
	return nil
}

// pair is a cluster of two nodes in this process.
type pair struct {
	hub     *hub
	one     *cluster.Node
	two     *cluster.Node
	metrics *prometheus.Registry // of one
}

// startPair starts two nodes, which leave when the test ends.
func startPair(t *testing.T, kinds ...cluster.Kind) *pair {
	t.Helper()
	if testrace.Enabled {
		t.Skip("skipped: each member of a process sets gRPC's global logger, which is a race; e2e runs members as processes")
	}
	p := &pair{hub: &hub{members: map[string]*member{}}, metrics: prometheus.NewRegistry()}
	p.one = p.start(t, p.metrics, kinds...)
	p.two = p.start(t, nil, kinds...)
	return p
}

func (p *pair) start(t *testing.T, reg *prometheus.Registry, kinds ...cluster.Kind) *cluster.Node {
	t.Helper()
	transports.Lock()
	defer transports.Unlock()
	opts := cluster.Options{
		Name: "test", Kinds: kinds, Logger: slog.New(slog.DiscardHandler), Version: "v1",
		Membership: &member{hub: p.hub},
	}
	if reg != nil {
		opts.Registerer = reg
	}
	n, err := cluster.Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(n.Leave)
	return n
}

// onTwo gives an identity that lives on the second node, and its address.
func (p *pair) onTwo(t *testing.T) (identity string, at *actor.PID) {
	t.Helper()
	for i := range 1000 {
		if at = p.one.PID(within(t, 5*time.Second), "echo", id(i)); at != nil && at.Address == p.two.Address() {
			return id(i), at
		}
	}
	t.Fatal("nobody lives on the second node")
	return "", nil
}

func TestAskReachesOtherNodes(t *testing.T) {
	t.Parallel()
	p := startPair(t, echoKind())
	ctx := within(t, 20*time.Second)
	for i := range 200 {
		require.NoError(t, say(ctx, p.one, id(i), "hello"))
		require.NoError(t, say(ctx, p.two, id(i), "hello"))
	}
	one, two := p.one.Active()["echo"], p.two.Active()["echo"]
	require.Equal(t, 200, one+two, "each lives in one place")
	require.InDelta(t, 100, one, 40)
	for i := range 200 {
		seen, ok, err := cluster.AskActive[*wrapperspb.Int64Value](ctx, p.two, "echo", id(i), wrapperspb.Int64(0))
		require.NoError(t, err)
		require.True(t, ok, "found wherever it is")
		require.EqualValues(t, 2, seen.Value)
	}
	require.Len(t, p.one.Members(), 2)
	require.Equal(t, cluster.ViewHash(p.one.Members()), cluster.ViewHash(p.two.Members()))
	require.Equal(t, 2, gauge(t, p.metrics, "swiper_cluster_members"))
}

func TestPanicsAndSilenceAcrossNodes(t *testing.T) {
	t.Parallel()
	p := startPair(t, echoKind())
	ctx := within(t, 20*time.Second)
	far, _ := p.onTwo(t)
	var refusal *cluster.RefusalError
	require.ErrorAs(t, say(ctx, p.one, far, "panic"), &refusal)
	require.Equal(t, cluster.ReasonPanic, refusal.Reason)
	require.ErrorIs(t, say(within(t, 100*time.Millisecond), p.one, far, "silence"), cluster.ErrOutcomeUnknown)
	for range 20 { // an actor that ends is asked for again
		require.NoError(t, say(ctx, p.one, far, "stop"))
	}
}

func TestWhatCannotBeCarriedIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	p := startPair(t, cluster.Kind{Name: "echo", New: func() actor.Actor {
		return actor.ReceiveFunc(func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case *wrapperspb.StringValue:
				ctx.Respond(m)
			case *wrapperspb.Int64Value:
				ctx.Respond("no protobuf")
			case *wrapperspb.BoolValue:
				ctx.Respond(wrapperspb.String(string(make([]byte, 1<<20))))
			}
		})
	}})
	ctx := within(t, 20*time.Second)
	far, _ := p.onTwo(t)
	var refusal *cluster.RefusalError
	for _, req := range []proto.Message{wrapperspb.Int64(1), wrapperspb.Bool(true), wrapperspb.Bytes(make([]byte, 1<<20))} {
		_, err := cluster.Ask[*wrapperspb.StringValue](ctx, p.one, "echo", far, req)
		require.ErrorAs(t, err, &refusal, "%T", req)
	}
	require.NoError(t, say(ctx, p.one, far, "hello"), "the connection stands")
}

// TestPeersMaySayLittle: what a member must not send harms neither the actors nor
// the connection that it came by.
func TestPeersMaySayLittle(t *testing.T) {
	t.Parallel()
	p := startPair(t, echoKind())
	ctx := within(t, 20*time.Second)
	far, at := p.onTwo(t)
	require.NoError(t, say(ctx, p.one, far, "hello"))

	conn, err := grpc.NewClient(p.two.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	stream, err := remote.NewRemotingClient(conn).Receive(ctx)
	require.NoError(t, err)
	names := []string{"actor.PoisonPill", "actor.Stop", "no.such.Type", "remote.ActorPidRequest", "google.protobuf.StringValue"}
	batch := &remote.MessageBatch{TypeNames: names, Targets: []string{at.Id, "activator"}}
	for i := range names {
		batch.Envelopes = append(batch.Envelopes, &remote.MessageEnvelope{TypeId: int32(i)})
	}
	batch.Envelopes = append(batch.Envelopes,
		&remote.MessageEnvelope{TypeId: 99}, &remote.MessageEnvelope{Target: 99}, &remote.MessageEnvelope{Sender: 99}, &remote.MessageEnvelope{TypeId: -1})
	require.NoError(t, stream.Send(&remote.RemoteMessage{MessageType: &remote.RemoteMessage_MessageBatch{MessageBatch: batch}}))
	require.Eventually(t, func() bool { // the last of those that fit has arrived by the same stream
		seen, ok, err := cluster.AskActive[*wrapperspb.Int64Value](ctx, p.one, "echo", far, wrapperspb.Int64(0))
		return err == nil && ok && seen.Value == 2
	}, 10*time.Second, 5*time.Millisecond, "it was stopped, or what may be said did not arrive")
}

func TestRetiredNodesPassTheirActorsOn(t *testing.T) {
	t.Parallel()
	p := startPair(t, echoKind())
	ctx := within(t, 30*time.Second)
	stop := make(chan struct{})
	var asking sync.WaitGroup
	for a := range 8 {
		asking.Go(func() {
			for i := a; ; i += 8 {
				select {
				case <-stop:
					return
				default:
					assert.NoError(t, say(ctx, []*cluster.Node{p.one, p.two}[i%2], id(i%100), "hello"))
				}
			}
		})
	}
	p.two.Retire(ctx)
	require.NoError(t, p.two.Drain(ctx, "echo"))
	require.Zero(t, p.two.Active()["echo"])
	close(stop)
	asking.Wait()
	require.NoError(t, say(ctx, p.two, "1", "hello"), "it can ask as long as it is there")
	three := p.start(t, nil, echoKind())
	for i := range 100 {
		require.NoError(t, say(ctx, p.one, id(i), "hello"))
	}
	require.Positive(t, three.Active()["echo"])
}

// TestDeadNodesAreNotWaitedFor: whoever waits for an answer from a node that has
// gone is told so at once.
func TestDeadNodesAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	p := startPair(t, echoKind())
	ctx := within(t, 30*time.Second)
	far, _ := p.onTwo(t)
	require.NoError(t, say(ctx, p.one, far, "hello"))
	waiting := make(chan error, 1)
	go func() { waiting <- say(ctx, p.one, far, "silence") }()
	require.Eventually(t, func() bool {
		seen, _, err := cluster.AskActive[*wrapperspb.Int64Value](ctx, p.one, "echo", far, wrapperspb.Int64(0))
		return err == nil && seen.GetValue() == 2
	}, 10*time.Second, time.Millisecond)
	p.hub.mu.Lock()
	for id, m := range p.hub.members {
		if id == p.two.ID() {
			delete(p.hub.members, id)
			m.gone = true
		}
	}
	p.hub.tell()
	p.hub.mu.Unlock()
	require.ErrorIs(t, <-waiting, cluster.ErrOutcomeUnknown)
	require.NoError(t, ctx.Err(), "long before its deadline")
	require.NoError(t, say(ctx, p.one, far, "hello"), "it lives here now")
}

func TestLocalKindsLiveOnEveryNode(t *testing.T) {
	t.Parallel()
	kind := echoKind()
	kind.Local = true
	p := startPair(t, kind)
	ctx := within(t, 20*time.Second)
	for i := range 20 {
		require.NoError(t, say(ctx, p.one, id(i), "hello"))
		require.NoError(t, say(ctx, p.two, id(i), "hello"))
	}
	require.Equal(t, 20, p.one.Active()["echo"])
	require.Equal(t, 20, p.two.Active()["echo"])
	p.one.Retire(ctx)
	require.NoError(t, say(ctx, p.one, "1", "hello"), "to its end")
}

func TestExchange(t *testing.T) {
	t.Parallel()
	p := startPair(t, echoKind())
	p.hub.mu.Lock()
	m := p.hub.members[p.one.ID()]
	p.hub.mu.Unlock()
	got, err := m.host.Exchange(within(t, 10*time.Second), p.two.Address(), []byte("you"))
	require.NoError(t, err)
	require.Equal(t, "heard you", string(got))
	_, err = m.host.Exchange(within(t, 10*time.Second), "127.0.0.1:1", nil)
	require.Error(t, err)
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	start := func(edit func(*cluster.Options)) error {
		transports.Lock()
		defer transports.Unlock()
		opts := cluster.Options{Name: "test", Logger: slog.New(slog.DiscardHandler), Membership: refusing{}}
		edit(&opts)
		_, err := cluster.Start(t.Context(), opts)
		return err
	}
	require.ErrorContains(t, start(func(o *cluster.Options) { o.Listen = "0.0.0.0:0" }), "only a loopback address")
	require.ErrorContains(t, start(func(o *cluster.Options) { o.Listen = "box" }), "listen address")
	require.ErrorContains(t, start(func(*cluster.Options) {}), "join the cluster: not you")
}

type refusing struct{ cluster.Membership }

func (refusing) Join(context.Context, cluster.Member, cluster.Host) error {
	return errors.New("not you")
}
func (refusing) Leave(context.Context) error { return nil }
