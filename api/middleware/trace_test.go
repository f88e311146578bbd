package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/swiperhq/swiper/api/middleware"
)

// A span is the server's own, whatever trace the client says it is in, and
// shows neither query nor headers.
func TestSpansAreOursAndKeepSecrets(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?phone=13912345678", nil)
	req.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	req.Header.Set("Authorization", "Bearer secret")
	req.Header.Set(middleware.RequestIDHeader, "abc")
	run(t, req, func(c *gin.Context) { c.Status(http.StatusNoContent) },
		append(gin.HandlersChain{middleware.RequestID()}, middleware.Trace(provider)...)...)
	got := spans.GetSpans()
	require.Len(t, got, 1)
	require.Equal(t, "GET /", got[0].Name)
	require.False(t, got[0].Parent.IsValid())
	shown := fmt.Sprint(got[0].Attributes)
	require.Contains(t, shown, "abc")
	require.NotContains(t, shown, "139")
	require.NotContains(t, shown, "secret")
	require.NoError(t, provider.Shutdown(t.Context()))
}
