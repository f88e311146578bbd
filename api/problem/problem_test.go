package problem_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// The table of the contract, written down once more.
func TestEveryCodeHasItsStatus(t *testing.T) {
	t.Parallel()
	want := map[social.Code]int{
		"invalid_request": 422, "unauthenticated": 401, "forbidden": 403, "not_found": 404, "user_not_found": 404, "not_friends": 404,
		"task_not_found": 404, "upload_not_found": 404, "export_not_found": 404, "photo_not_found": 404, "too_many_photos": 409, "video_unsupported": 422, "account_suspended": 403, "task_conflict": 409,
		"method_not_allowed": 405, "already_swiped": 409, "nothing_to_rewind": 409, "self_swipe": 422, "idempotency_mismatch": 422,
		"rewind_quota_exceeded": 429, "like_quota_exceeded": 429, "superlike_quota_exceeded": 429, "rate_limited": 429,
		"code_invalid": 401, "too_many_attempts": 429,
		"upload_too_large": 413, "unsupported_media": 415, "image_invalid": 422,
		"overloaded": 503, "unavailable": 503, "timeout": 504, "internal": 500,
	}
	require.Len(t, social.Codes(), len(want))
	for _, code := range social.Codes() {
		require.Equal(t, want[code], problem.Status(code), code)
		rec := httptest.NewRecorder()
		problem.Write(rec, problem.From(fmt.Errorf("in a layer: %w", social.Errorf(code, "In words."))))
		require.Equal(t, want[code], rec.Code)
		require.JSONEq(t, fmt.Sprintf(`{"title":%q,"status":%d,"detail":"In words.","code":%q}`, http.StatusText(rec.Code), rec.Code, code), rec.Body.String())
		require.Equal(t, rec.Code == 429 || rec.Code == 503, rec.Header().Get("Retry-After") != "", code)
		require.Equal(t, rec.Code == 401, rec.Header().Get("WWW-Authenticate") != "", code)
	}
	require.Equal(t, 500, problem.Status("of the future"))
}

func TestUnknownErrorsLeakNothing(t *testing.T) {
	t.Parallel()
	p := problem.From(errors.New("pq: relation swiped at 10.0.0.1"))
	require.Equal(t, social.CodeInternal, p.Code)
	require.NotContains(t, p.Detail, "pq")
	require.Equal(t, social.CodeTimeout, problem.From(fmt.Errorf("query: %w", context.DeadlineExceeded)).Code)
	require.Equal(t, social.CodeTimeout, problem.From(context.Canceled).Code)
	unavailable := &social.Error{Code: social.CodeUnavailable, Message: "Gone.", Cause: context.DeadlineExceeded}
	require.Equal(t, social.CodeUnavailable, problem.From(unavailable).Code, "who knows better says so")
	require.Equal(t, 413, problem.From(fmt.Errorf("x: %w", problem.Refused(413, "Large."))).Status)
}

func TestRetryAfterIsWholeSecondsRoundedUp(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]string{
		0: "1", -time.Hour: "1", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", 12 * time.Hour: "43200",
	} {
		p := problem.From(&social.Error{Code: social.CodeRateLimited, RetryAfter: after})
		require.Equal(t, want, p.GetHeaders().Get("Retry-After"), after)
	}
}

func TestReportLogsOurFaultsOnly(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	require.Equal(t, 409, problem.Report(t.Context(), logger, social.Errorf(social.CodeAlreadySwiped, "Twice.")).Status)
	require.Empty(t, log.String())
	p := problem.Report(t.Context(), logger, &social.Error{Code: social.CodeInternal, Message: "Oh.", Cause: errors.New("the cause")})
	require.Equal(t, 500, p.Status)
	require.Contains(t, log.String(), "the cause")
}
