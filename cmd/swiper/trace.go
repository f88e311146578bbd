package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	tracesPath   = "/v1/traces" // what OTLP over HTTP is sent to, unless the URL says otherwise
	flushTimeout = 2 * time.Second
)

// openTracing gives what takes spans, nil if nothing is to be traced.
func (n *node) openTracing(ctx context.Context) (trace.TracerProvider, error) {
	if n.settings.Trace.Endpoint == "" {
		return nil, nil
	}
	endpoint, err := url.Parse(n.settings.Trace.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("trace.endpoint: %w", err)
	}
	if endpoint.Path == "" || endpoint.Path == "/" {
		endpoint.Path = tracesPath
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint.String()))
	if err != nil {
		return nil, fmt.Errorf("open tracing: %w", err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(&loggedExporter{exporter, n.logger}),
		sdktrace.WithSampler(sdktrace.ParentBased(requestSampler{sdktrace.TraceIDRatioBased(n.settings.Trace.Ratio)})),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "swiper"), attribute.String("service.version", version()))),
	)
	n.onStop("tracing", func(limit context.Context) error {
		limit, cancel := context.WithTimeout(limit, flushTimeout)
		defer cancel()
		if err := provider.Shutdown(limit); err != nil {
			n.logger.WarnContext(limit, "the last spans were not sent", slog.Any("err", err))
		}
		return nil // they are worth no failed stop
	})
	return provider, nil
}

// requestSampler traces what begins with a request, a part of that, and nothing
// that a node does of itself.
type requestSampler struct{ sdktrace.Sampler }

// ShouldSample implements sdktrace.Sampler.
func (s requestSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if p.Kind != trace.SpanKindServer {
		return sdktrace.NeverSample().ShouldSample(p)
	}
	return s.Sampler.ShouldSample(p)
}

// loggedExporter logs what goes wrong: the library would print it.
type loggedExporter struct {
	sdktrace.SpanExporter
	logger *slog.Logger
}

// ExportSpans implements sdktrace.SpanExporter.
func (e *loggedExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.logger.WarnContext(ctx, "spans were not sent", slog.Int("spans", len(spans)), slog.Any("err", err))
	}
	return nil
}
