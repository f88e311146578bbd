package actors_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/internal/requestid"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// traced starts a system whose spans are recorded.
func traced(t *testing.T, store *memory) (*bundle, *tracetest.SpanRecorder, trace.Tracer) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	b := setup(t, store, oneShard, func(o *actors.Options) { o.TracerProvider = provider })
	return b, spans, provider.Tracer("test")
}

// named gives the one span of that name that has ended.
func named(t *testing.T, spans *tracetest.SpanRecorder, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	var found sdktrace.ReadOnlySpan
	for _, s := range spans.Ended() {
		if s.Name() == name {
			require.Nil(t, found, "two of %s", name)
			found = s
		}
	}
	require.NotNil(t, found, name)
	return found
}

func TestTraceOfASwipe(t *testing.T) {
	t.Parallel()
	store := town(3)
	inStore := make(chan trace.SpanContext, 1)
	store.onRecord = func(ctx context.Context, _ []persistence.Record) error {
		inStore <- trace.SpanContextFromContext(ctx)
		return nil
	}
	b, spans, tracer := traced(t, store)
	ctx, request := tracer.Start(within(t, 20*time.Second), "request")
	_, err := b.Swipe(ctx, social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike})
	require.NoError(t, err)
	request.End()
	require.NoError(t, b.stop(t, 20*time.Second)) // a span may end after the answer it is about

	above := request.SpanContext()
	for _, name := range []string{"ask swipe", "user swipe", "commit batch"} {
		s := named(t, spans, name)
		require.Equal(t, above.TraceID(), s.SpanContext().TraceID(), name)
		require.Equal(t, above.SpanID(), s.Parent().SpanID(), name)
		require.Equal(t, codes.Unset, s.Status().Code, name)
		above = s.SpanContext()
	}
	require.Equal(t, above.SpanID(), (<-inStore).SpanID(), "statements stand below the batch")
}

func TestTraceOfABatchLinksEveryRequest(t *testing.T) {
	t.Parallel()
	store := town(100)
	begun, release := gated(store)
	b, spans, tracer := traced(t, store)
	var wg sync.WaitGroup
	swipe := func(ctx context.Context, uid social.UserID) {
		wg.Go(func() {
			_, err := b.Swipe(ctx, social.Swipe{UID: uid, SID: 100, Mark: social.MarkLike})
			assert.NoError(t, err)
		})
	}
	swipe(within(t, 20*time.Second), 1) // not traced
	<-begun
	want := map[trace.TraceID]bool{}
	for uid := social.UserID(2); uid <= 4; uid++ {
		ctx, request := tracer.Start(within(t, 20*time.Second), "request")
		want[request.SpanContext().TraceID()] = true
		swipe(ctx, uid)
		request.End()
		eventually(t, func() bool {
			l, err := b.Inspect(within(t, 20*time.Second), uid)
			return err == nil && l != nil && l.InFlight == 1
		})
	}
	close(release)
	wg.Wait()
	require.NoError(t, b.stop(t, 20*time.Second))
	batch := named(t, spans, "commit batch")
	got := map[trace.TraceID]bool{batch.SpanContext().TraceID(): true}
	for _, l := range batch.Links() {
		got[l.SpanContext.TraceID()] = true
	}
	require.Equal(t, want, got)
	require.Contains(t, batch.Attributes(), attribute.Int("swiper.batch_size", 3))
}

func TestTraceTellsFaultsFromRefusals(t *testing.T) {
	t.Parallel()
	store := town(3)
	b, spans, tracer := traced(t, store)
	ctx, _ := tracer.Start(within(t, 20*time.Second), "request")
	_, err := b.Rewind(ctx, 1)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeNothingToRewind})
	store.mu.Lock()
	store.onDeckTop = func(context.Context) error { return errors.New("secret") }
	store.mu.Unlock()
	_, err = b.Deal(ctx, 1, 5)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeInternal})
	require.NoError(t, b.stop(t, 20*time.Second))
	for name, want := range map[string]sdktrace.Status{
		"ask rewind": {}, "user rewind": {}, "ask deal": {Code: codes.Error, Description: "internal"}, "user deal": {Code: codes.Error, Description: "internal"},
	} {
		s := named(t, spans, name)
		require.Equal(t, want, s.Status(), name)
		require.Contains(t, s.Attributes(), attribute.Int64("swiper.uid", 1))
	}
	require.Contains(t, named(t, spans, "ask rewind").Attributes(), attribute.String("swiper.code", "nothing_to_rewind"))
}

func TestWhatIsNotSampledHasNoSpans(t *testing.T) {
	t.Parallel()
	b, spans, _ := traced(t, town(3))
	_, err := b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	require.Empty(t, spans.Started())
}

// lines is a log that can be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// with gives the lines about msg.
func (l *lines) with(msg string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for line := range strings.Lines(l.buf.String()) {
		if strings.Contains(line, msg) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func TestLogsNameTheRequests(t *testing.T) {
	t.Parallel()
	store := town(3)
	log := &lines{}
	b := setup(t, store, func(o *actors.Options) { o.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	ctx := requestid.With(within(t, 20*time.Second), "the-request")
	hook := func(set func()) {
		store.mu.Lock()
		defer store.mu.Unlock()
		set()
	}
	hook(func() {
		store.onRecord = func(context.Context, []persistence.Record) error { return errors.New("disk on fire") }
	})
	_, err := b.Swipe(ctx, social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike})
	require.Error(t, err)
	require.Contains(t, log.with("batch of swipes not stored"), "the-request")

	hook(func() { store.onRewind = func(context.Context) error { return errors.New("disk on fire") } })
	_, err = b.Rewind(ctx, 1)
	require.Error(t, err)
	require.Contains(t, log.with("store call failed"), "request_id=the-request")

	hook(func() { store.onDeckTop = func(context.Context) error { panic("on purpose") } })
	_, err = b.Deal(ctx, 1, 5)
	require.Error(t, err)
	eventually(t, func() bool { return strings.Contains(log.with("user actor restarts"), "request_id=the-request") })
}

func TestLogOfABatchIsBounded(t *testing.T) {
	t.Parallel()
	store := town(300)
	log := &lines{}
	begun, release := gated(store)
	b := setup(t, store, oneShard, func(o *actors.Options) { o.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	var wg sync.WaitGroup
	swipe := func(uid social.UserID) {
		wg.Go(func() {
			_, _ = b.Swipe(requestid.With(within(t, 20*time.Second), "a-request"), social.Swipe{UID: uid, SID: 300, Mark: social.MarkLike})
		})
	}
	swipe(1)
	<-begun
	for uid := social.UserID(2); uid <= 101; uid++ {
		swipe(uid)
	}
	eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == 101 })
	for uid := social.UserID(2); uid <= 101; uid++ {
		eventually(t, func() bool { return b.live(t, uid).InFlight == 1 })
	}
	store.mu.Lock()
	store.onRecord = func(context.Context, []persistence.Record) error { return errors.New("disk on fire") }
	store.mu.Unlock()
	close(release)
	wg.Wait()
	line := log.with("batch of swipes not stored")
	require.Contains(t, line, "size=100")
	require.Equal(t, actors.MaxLoggedIDs, strings.Count(line, "a-request"))
}
