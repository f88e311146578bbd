package api_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func TestHot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for query, want := range map[string]string{
		"":                               "1  20",
		"?limit=1":                       "1  1",
		"?location=%20Hangzhou%20":       "1 Hangzhou 20",
		"?location=%E6%9D%AD&limit=100":  "1 杭 100",
		"?location=a%3A%2A%0A%2Fb":       "1 a:*\n/b 20",
		"?location=" + long("%E6%9D%AD"): "1 " + long("杭") + " 20",
	} {
		b.fake.changes = nil
		a := b.call(t, ada, "GET", "/v1/hot"+query, "")
		require.Equal(t, 200, a.StatusCode, "%s: %s", query, a.body)
		require.Equal(t, []any{want}, b.fake.all(), query)
	}
	for query, status := range map[string]int{
		"?limit=0": 422, "?limit=101": 422, "?limit=x": 422, "?location=" + long("a") + "a": 422, "?place=here": 422,
		"?limit=1&limit=2": 400, "?location=": 400,
	} {
		b.call(t, ada, "GET", "/v1/hot"+query, "").requireProblem(t, status, social.CodeInvalidRequest)
	}
	b.call(t, 0, "GET", "/v1/hot", "").requireProblem(t, 401, social.CodeUnauthenticated)
	b.call(t, nobody, "GET", "/v1/hot", "").requireProblem(t, 401, social.CodeUnauthenticated)

	b.fake.err = &social.Error{Code: social.CodeUnavailable, Message: "Redis is away.", RetryAfter: 2 * time.Second}
	a := b.call(t, ada, "GET", "/v1/hot", "")
	a.requireProblem(t, 503, social.CodeUnavailable)
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.Positive(t, seconds)
}

// long is as long as a location may be.
func long(letter string) string { return strings.Repeat(letter, social.MaxLocationRunes) }
