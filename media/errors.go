package media

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swiperhq/swiper/social"
)

// The causes to ask for with errors.Is.
var (
	ErrNotFound = errors.New("media: no such object")
	ErrExists   = errors.New("media: other bytes are stored under this key")
)

const internalMessage = "Something went wrong on our side."

// retryAfter is what callers are told while a store does not answer.
const retryAfter = 5 * time.Second

// NotFound is the error of a key without an object.
func NotFound(key Key) error {
	return &social.Error{Code: social.CodeNotFound, Message: "No such object.", Cause: fmt.Errorf("%w: %s", ErrNotFound, key)}
}

// Exists is the error of a key that holds other bytes.
func Exists(key Key) error { return Permanent(fmt.Errorf("%w: %s", ErrExists, key)) }

// Unavailable is the error of a store that may do it when asked again.
func Unavailable(cause error) error {
	if errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, context.Canceled) {
		return &social.Error{Code: social.CodeTimeout, Message: "The store took too long.", Cause: cause}
	}
	return &social.Error{Code: social.CodeUnavailable, Message: "The store is not available right now.", RetryAfter: retryAfter, Cause: cause}
}

// Permanent is the error of what will fail again however often it is tried.
func Permanent(cause error) error {
	return &social.Error{Code: social.CodeInternal, Message: internalMessage, Cause: cause}
}

// Passing tells whether the operation may succeed when tried again. Every
// operation of a Store may be repeated.
func Passing(err error) bool {
	switch social.CodeOf(err) { //nolint:exhaustive // the rest stays as it is
	case social.CodeUnavailable, social.CodeTimeout, social.CodeOverloaded:
		return true
	}
	return false
}
