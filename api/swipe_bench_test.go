package api_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// BenchmarkSwipe is all that a swipe costs before and after the actors, without
// the network.
func BenchmarkSwipe(b *testing.B) {
	quiet := func(o *api.Options) {
		o.Logger = slog.New(slog.NewJSONHandler(nowhere{}, nil))
		o.Actors = instant{o.Actors}
	}
	h := setupHandler(b, quiet)
	token, err := h.tokens.Mint(ada, time.Hour)
	require.NoError(b, err)
	body := []byte(`{"user_id":2,"mark":"like"}`)
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/swipes", bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		h.h.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Body.String())
		}
	}
}

// instant remembers nothing.
type instant struct{ api.Actors }

func (instant) Swipe(_ context.Context, s social.Swipe, _ persistence.IdempotencyKey) (social.SwipeResult, error) {
	return social.SwipeResult{SID: s.SID, Mark: s.Mark}, nil
}

// nowhere takes what is written: a log that costs its formatting only.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
