package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/social"
)

// Outcomes that no server tells.
const (
	outcomeTimeout    = "timeout"
	outcomeConnection = "connection"
	outcomeUnreadable = "unreadable"
)

// NotSent is the code of a request that could not be sent: it certainly did
// not happen.
const NotSent social.Code = "not_sent"

// Answer is what came of a request.
type Answer struct {
	Op checker.Op // as noted in the history, if it was
	// Outcome is "ok", a problem's code, "timeout", "connection", "http_502" for a
	// status without a code, "unreadable" for a success that is not what was agreed on.
	Outcome    string
	RetryAfter time.Duration // as told; 0: nothing was told
	Status     int           // 0: nothing came back

	code       social.Code
	call, done int64
	body       []byte
	replayed   bool
}

// Failed gives the answer of a request that was not acknowledged, for those who
// stand in for a Client.
func Failed(code social.Code) Answer { return Answer{Outcome: string(code), code: code} }

// OK tells whether the request was acknowledged.
func (a *Answer) OK() bool { return a.code == "" }

// Unknown tells whether it may have happened or not.
func (a *Answer) Unknown() bool { return a.code == checker.Unknown }

// Unsent tells whether it certainly did not happen, as nothing could be sent.
func (a *Answer) Unsent() bool { return a.code == NotSent }

// Passing tells whether the same request may well be answered a little later:
// the node was busy, on its way out, or could not be reached.
func (a *Answer) Passing() bool {
	switch a.code { //nolint:exhaustive // the others are answers
	case checker.Unknown, NotSent, social.CodeOverloaded, social.CodeRateLimited:
		return true
	}
	return false
}

// Busy tells whether the node is at fault, not what was asked: whoever sends
// should go easy on it.
func (a *Answer) Busy() bool { return a.Passing() && a.code != social.CodeRateLimited }

func (a *Answer) read(resp *fasthttp.Response, err error) {
	var unsent dialError
	switch {
	case errors.As(err, &unsent), errors.Is(err, fasthttp.ErrNoFreeConns), errors.Is(err, fasthttp.ErrDialTimeout):
		a.Outcome, a.code = outcomeConnection, NotSent
		return
	case isTimeout(err):
		a.Outcome, a.code = outcomeTimeout, checker.Unknown
		return
	case err != nil:
		a.Outcome, a.code = outcomeConnection, checker.Unknown
		return
	}
	a.Status = resp.StatusCode()
	if seconds, err := strconv.Atoi(string(resp.Header.Peek("Retry-After"))); err == nil && seconds > 0 {
		a.RetryAfter = time.Duration(seconds) * time.Second
	}
	a.replayed = string(resp.Header.Peek("Idempotency-Replayed")) == "true"
	a.body = append(a.body, resp.Body()...)
	if a.Status >= http.StatusOK && a.Status < http.StatusMultipleChoices {
		a.Outcome = measure.OK
		return
	}
	a.refused()
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, fasthttp.ErrTimeout) || (errors.As(err, &t) && t.Timeout())
}

// refused reads the problem that a server answered with. What failed on its
// side may have happened; so may what a proxy in between says about it.
func (a *Answer) refused() {
	var problem struct {
		Code social.Code `json:"code"`
	}
	if json.Unmarshal(a.body, &problem) != nil || problem.Code == "" {
		a.Outcome, a.code = fmt.Sprintf("http_%d", a.Status), checker.Unknown
		if a.Status < http.StatusInternalServerError {
			a.code = social.Code(a.Outcome)
		}
		return
	}
	a.Outcome, a.code = string(problem.Code), problem.Code
	switch {
	case problem.Code == social.CodeOverloaded:
	case a.Status >= http.StatusInternalServerError:
		a.code = checker.Unknown
	}
}

// into reads a success; an answer that does not fit leaves the outcome unknown.
func (a *Answer) into(v any) bool {
	if !a.OK() {
		return false
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		a.unreadable()
		return false
	}
	return true
}

func (a *Answer) unreadable() { a.Outcome, a.code = outcomeUnreadable, checker.Unknown }
