package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/social"
)

// retryAfter is what clients are told when the database cannot serve.
const retryAfter = time.Second

// Late is the error of what was not done, or not answered, by its deadline.
func Late(cause error) error {
	return &social.Error{Code: social.CodeTimeout, Message: "The database did not answer in time.", Cause: cause}
}

// Translate makes a social.Error of what a driver says, by the engine's table.
// What is one already, and nil, pass through; what failed because ctx ended is
// CodeTimeout.
func Translate(ctx context.Context, err error, table func(error) (code social.Code, message string)) error {
	if _, known := errors.AsType[*social.Error](err); known || err == nil {
		return err
	}
	if ctx.Err() != nil {
		return Late(err)
	}
	code, message := table(err)
	out := &social.Error{Code: code, Message: message, Cause: err}
	if code == social.CodeUnavailable {
		out.RetryAfter = retryAfter
	}
	return out
}
