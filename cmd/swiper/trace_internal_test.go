package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/swiperhq/swiper/internal/testdb"
)

// spanSink takes spans as a collector would.
type spanSink struct {
	mu    sync.Mutex
	spans []*otlp.Span
	paths []string
	raw   strings.Builder
}

func (s *spanSink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var req collector.ExportTraceServiceRequest
	err := proto.Unmarshal(body, &req)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(body)
	s.paths = append(s.paths, r.URL.Path)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, rs := range req.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			s.spans = append(s.spans, ss.GetSpans()...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// One request is one trace, through the actors into the stores; what the node
// does of itself is none, and nothing in it is a secret.
func TestTracesFollowARequest(t *testing.T) {
	t.Parallel()
	for name, storage := range map[string]func(t *testing.T) []string{
		"embedded": func(*testing.T) []string { return nil },
		"postgres": func(t *testing.T) []string {
			t.Helper()
			base, schema := testdb.Postgres(t)
			u, err := url.Parse(base)
			require.NoError(t, err)
			query := u.Query()
			query.Set("search_path", schema)
			u.RawQuery = query.Encode()
			return []string{"--database.url", u.String()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alone(t)
			sink := &spanSink{}
			srv := httptest.NewServer(sink)
			defer srv.Close()
			dir := t.TempDir()
			s := serving(t, dir, append(storage(t), "--demo", "--trace.endpoint", srv.URL, "--trace.ratio", "1")...)
			token := strings.TrimSpace(require0(t, "token", "1", "--data.dir", dir))
			status, answer := call(t, http.MethodPost, s.http+"/v1/swipes", token, `{"user_id":2,"mark":"like"}`)
			require.Equal(t, http.StatusOK, status, answer)
			const phone = "13912345678"
			status, answer = call(t, http.MethodPost, s.http+"/v1/auth/code", "", `{"phone":"`+phone+`"}`)
			require.Equal(t, http.StatusAccepted, status, answer)
			call(t, http.MethodGet, s.http+"/v1/me?access_token="+token, "", "")
			s.stop()

			root := sink.named(t, "POST /v1/swipes")
			require.Empty(t, root.GetParentSpanId())
			trace := sink.of(root)
			require.Contains(t, trace, "ask swipe")
			require.Contains(t, trace, "commit batch")
			if name == "postgres" {
				require.Contains(t, trace, "WITH", "the statements of the batch")
			}
			for _, span := range sink.spans {
				if len(span.GetParentSpanId()) == 0 {
					require.Equal(t, otlp.Span_SPAN_KIND_SERVER, span.GetKind(), span.GetName())
				}
			}
			require.NotContains(t, sink.raw.String(), phone)
			require.NotContains(t, sink.raw.String(), token)
			require.NotContains(t, slices.Compact(sink.paths), "/")
		})
	}
}

func (s *spanSink) named(t *testing.T, name string) *otlp.Span {
	t.Helper()
	var names []string
	for _, span := range s.spans {
		if span.GetName() == name {
			return span
		}
		names = append(names, span.GetName())
	}
	t.Fatalf("no span %s in %q", name, names)
	return nil
}

// of gives the names of the spans in root's trace.
func (s *spanSink) of(root *otlp.Span) (names []string) {
	for _, span := range s.spans {
		if string(span.GetTraceId()) == string(root.GetTraceId()) {
			names = append(names, span.GetName())
		}
	}
	return names
}

// A collector that is away costs spans, no request and no clean stop.
func TestCollectorAway(t *testing.T) {
	t.Parallel()
	alone(t)
	dir := t.TempDir()
	s := serving(t, dir, "--trace.endpoint", "http://127.0.0.1:1", "--trace.ratio", "1")
	status, _ := call(t, http.MethodGet, s.http+"/v1/me", "", "")
	require.Equal(t, http.StatusUnauthorized, status)
	s.stop()
	require.Contains(t, s.log.String(), "spans were not sent")
	for line := range strings.Lines(s.log.String()) {
		require.True(t, json.Valid([]byte(line)), "printed past the log: %s", line)
	}
}
