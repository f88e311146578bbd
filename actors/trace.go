package actors

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/protobuf/proto"

	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/social"
)

// The actors add spans to traces that others began: what is not sampled already
// gets none, and costs nothing.

const (
	tracerName  = "github.com/swiperhq/swiper/actors"
	traceparent = "traceparent" // the field of W3C trace context
)

// span begins what a part ("ask", "user") does about uid's m, below the span of ctx.
func (w *world) span(ctx context.Context, part string, uid social.UserID, m proto.Message) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx, noop.Span{}
	}
	what := strings.ToLower(string(m.ProtoReflect().Descriptor().Name()))
	return w.tracer.Start(ctx, part+" "+what, trace.WithAttributes(attribute.Int64("swiper.uid", int64(uid))))
}

// commitSpan begins the span of a batch: below that of the first who is traced,
// linked to those of the others.
func (w *world) commitSpan(ctx context.Context, batch []entry) (context.Context, trace.Span) {
	var traced []trace.Link
	for _, e := range batch {
		if e.ask.GetTraceparent() == "" {
			continue
		}
		traced = append(traced, trace.LinkFromContext(withAsker(context.Background(), e.ask)))
	}
	if len(traced) == 0 {
		return ctx, noop.Span{}
	}
	return w.tracer.Start(trace.ContextWithRemoteSpanContext(ctx, traced[0].SpanContext), "commit batch",
		trace.WithLinks(traced[1:]...), trace.WithAttributes(attribute.Int("swiper.batch_size", len(batch))))
}

// endSpan ends s with what became of it; an error of ours makes it a failure.
func endSpan(s trace.Span, err error) {
	if err != nil && s.IsRecording() {
		code := string(social.CodeOf(err))
		s.SetAttributes(attribute.String("swiper.code", code))
		if isFault(err) {
			s.SetStatus(codes.Error, code)
		}
	}
	s.End()
}

// traceparentOf gives what stands for the span of ctx in an Ask.
func traceparentOf(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	fields := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, fields)
	return fields[traceparent]
}

// withAsker gives a context below the span that a names, if it names one.
func withAsker(ctx context.Context, a *actorspb.Ask) context.Context {
	if a.GetTraceparent() == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: a.GetTraceparent()})
}
