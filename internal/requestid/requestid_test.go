package requestid_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/swiperhq/swiper/internal/requestid"
)

func TestHandlerNamesTheRequest(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	logger := slog.New(requestid.Handler(slog.NewJSONHandler(&buf, nil)))
	line := func() map[string]any {
		out := map[string]any{}
		require.NoError(t, json.Unmarshal(buf.Bytes(), &out), buf.String())
		buf.Reset()
		return out
	}
	logger.InfoContext(t.Context(), "outside")
	require.NotContains(t, line(), "request_id")

	ctx := requestid.With(t.Context(), "abc")
	logger.With(slog.Int("n", 1)).InfoContext(ctx, "inside")
	require.Equal(t, "abc", line()["request_id"])
	logger.InfoContext(ctx, "told", slog.String("request_id", "def"))
	require.Equal(t, "def", line()["request_id"], "said once, as told")
	logger.WithGroup("g").InfoContext(ctx, "grouped")
	require.Equal(t, map[string]any{"request_id": "abc"}, line()["g"])

	sampled := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	logger.InfoContext(trace.ContextWithSpanContext(t.Context(), sampled), "traced")
	require.Equal(t, "01000000000000000000000000000000", line()["trace_id"])
}
