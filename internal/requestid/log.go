package requestid

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

const logKey = "request_id"

// Handler gives a log handler that adds the request's id, and the id of its
// trace if it has one, to whatever is logged with its context.
func Handler(h slog.Handler) slog.Handler { return handler{h} }

type handler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	id, span := From(ctx), trace.SpanContextFromContext(ctx)
	if id == "" && !span.IsSampled() {
		return h.Handler.Handle(ctx, r)
	}
	r = r.Clone()
	if id != "" && !says(&r, logKey) {
		r.AddAttrs(slog.String(logKey, id))
	}
	if span.IsSampled() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

func says(r *slog.Record, key string) (found bool) {
	r.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}
