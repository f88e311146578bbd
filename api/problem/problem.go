package problem

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/swiperhq/swiper/internal/requestid"
	"github.com/swiperhq/swiper/social"
)

// ContentType is the media type of every error answer.
const ContentType = "application/problem+json"

// Problem is an error as a client sees it. It is an error itself and answers
// the questions that huma asks of one (GetStatus, GetHeaders, ContentType).
type Problem struct { //nolint:errname // the word of the RFC
	Title  string      `json:"title" doc:"The status in words."`
	Status int         `json:"status" doc:"The HTTP status."`
	Detail string      `json:"detail" doc:"What went wrong, for people."`
	Code   social.Code `json:"code" doc:"What went wrong, for programs: stable, to switch on."`
	Errors []Detail    `json:"errors,omitempty" nullable:"false" doc:"The inputs at fault, where they can be named."`

	retryAfter time.Duration
	cause      error
}

// Detail blames one input.
type Detail struct {
	Location string `json:"location" doc:"Where it stands: body.birthday, query.limit, path.user_id."`
	Message  string `json:"message" doc:"What is wrong with it."`
}

// New makes a problem with code's own status.
func New(code social.Code, detail string) *Problem { return newProblem(Status(code), code, detail) }

// Unreadable is the 400 for input that cannot be read at all.
func Unreadable(detail string) *Problem { return Refused(http.StatusBadRequest, detail) }

// Refused is an invalid_request under another 4xx status than the table's.
func Refused(status int, detail string) *Problem {
	return newProblem(status, social.CodeInvalidRequest, detail)
}

func newProblem(status int, code social.Code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail, Code: code}
}

// From gives the Problem inside err, or makes one of the social.Error inside
// it. A context that ended is a timeout; any other error is internal and its
// text stays with us.
func From(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if _, ok := errors.AsType[*social.Error](err); !ok && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		err = &social.Error{Code: social.CodeTimeout, Message: "This took too long; it may or may not have happened.", Cause: err}
	}
	e := social.AsError(err)
	p := New(e.Code, e.Message)
	p.retryAfter, p.cause = e.RetryAfter, err
	if e.Field != "" {
		p.Errors = []Detail{{Location: "body." + e.Field, Message: e.Message}}
	}
	return p
}

// Report is From, and logs what is our own fault together with its cause.
func Report(ctx context.Context, logger *slog.Logger, err error) *Problem {
	p := From(err)
	if p.Status < http.StatusInternalServerError {
		return p
	}
	level := slog.LevelWarn
	if p.Code == social.CodeInternal {
		level = slog.LevelError
	}
	logger.LogAttrs(ctx, level, "request failed", slog.String("code", string(p.Code)),
		slog.String("request_id", requestid.From(ctx)), slog.Any("error", err))
	return p
}

// Write answers with p. Headers of p join those that are there.
func Write(w http.ResponseWriter, p *Problem) {
	for k, v := range p.GetHeaders() {
		w.Header()[k] = append(w.Header()[k], v...)
	}
	w.Header().Set("Content-Type", ContentType)
	w.WriteHeader(p.Status)
	_ = json.MarshalWrite(w, p) // the client may be gone: nobody is left to tell
}

// Error makes Problem an error.
func (p *Problem) Error() string {
	if p.cause != nil {
		return p.cause.Error()
	}
	return string(p.Code) + ": " + p.Detail
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of the body, whatever was negotiated.
func (p *Problem) ContentType(string) string { return ContentType }

// GetHeaders gives the headers that belong to the status: Retry-After in whole
// seconds, at least 1, with 429 and 503; WWW-Authenticate with 401.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		seconds := max(1, int64((p.retryAfter+time.Second-1)/time.Second))
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="swiper"`)
	}
	return h
}
