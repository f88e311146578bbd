package middleware

import (
	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/swiperhq/swiper/internal/requestid"
)

// Trace makes a span of every request. What clients say of traces of theirs is
// not believed: they would choose what we record. Queries, headers and bodies
// are not in it.
func Trace(provider trace.TracerProvider) gin.HandlersChain {
	span := otelgin.Middleware("swiper", otelgin.WithTracerProvider(provider),
		otelgin.WithPropagators(propagation.NewCompositeTextMapPropagator()), otelgin.WithMeterProvider(noop.NewMeterProvider()))
	tag := func(c *gin.Context) {
		ctx := c.Request.Context()
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("swiper.request_id", requestid.From(ctx)))
	}
	return gin.HandlersChain{span, tag}
}
