package s3

import (
	"context"
	"errors"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/swiperhq/swiper/media"
)

// failed sorts what the client reports.
func failed(key media.Key, err error) error {
	if err == nil {
		return nil
	}
	answer, answered := errors.AsType[minio.ErrorResponse](err)
	if !answered || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return media.Unavailable(err)
	}
	switch status := answer.StatusCode; {
	case answer.Code == minio.NoSuchKey:
		return media.NotFound(key)
	case answer.Code == minio.PreconditionFailed:
		return media.Exists(key)
	case status == 0, status >= http.StatusInternalServerError, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout,
		status == http.StatusConflict: // two writers at once: ask again
		return media.Unavailable(err)
	}
	return media.Permanent(err)
}
