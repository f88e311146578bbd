package qiniu

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/qiniu/go-sdk/v7/client"

	"github.com/swiperhq/swiper/media"
)

// Qiniu's own codes, beside those of HTTP.
const (
	codeNotFound = 612
	codeExists   = 614
	codeServer   = 599
	codeTooOften = 573
	codeLimited  = 571 // one operation at a time, and such
)

// codeOf is the status of an answer, 0 where there was none.
func codeOf(err error) int {
	if info, ok := errors.AsType[*client.ErrorInfo](err); ok {
		return info.Code
	}
	return 0
}

// failed sorts what the SDK reports. A call whose context has ended failed of
// that, whatever else is said.
func failed(ctx context.Context, key media.Key, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return media.Unavailable(errors.Join(ctx.Err(), err))
	}
	switch code := codeOf(err); {
	case code == codeNotFound:
		return media.NotFound(key)
	case code == codeExists:
		return media.Exists(key)
	case code == 0, code >= http.StatusInternalServerError && code < codeLimited, code == codeLimited, code == codeTooOften, code == codeServer,
		code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusNotAcceptable:
		return media.Unavailable(err) // 406: the body was damaged on its way
	default:
		return media.Permanent(fmt.Errorf("qiniu answered %d: %w", code, err))
	}
}
