package problem

import (
	"net/http"

	"github.com/swiperhq/swiper/social"
)

// Status gives the HTTP status that answers code; 500 for a code it does not know.
//
// invalid_request is 422 here, for input that reads well but breaks a rule; what
// cannot be read at all answers 400 (Unreadable), 408 or 413.
func Status(code social.Code) int {
	switch code {
	case social.CodeInvalidRequest, social.CodeSelfSwipe, social.CodeIdempotencyMismatch, social.CodeImageInvalid,
		social.CodeVideoUnsupported:
		return http.StatusUnprocessableEntity
	case social.CodeUnauthenticated, social.CodeCodeInvalid:
		return http.StatusUnauthorized
	case social.CodeForbidden, social.CodeAccountSuspended:
		return http.StatusForbidden
	case social.CodeNotFound, social.CodeUserNotFound, social.CodeNotFriends, social.CodeTaskNotFound, social.CodeUploadNotFound, social.CodeExportNotFound,
		social.CodePhotoNotFound:
		return http.StatusNotFound
	case social.CodeUploadTooLarge:
		return http.StatusRequestEntityTooLarge
	case social.CodeUnsupportedMedia:
		return http.StatusUnsupportedMediaType
	case social.CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case social.CodeAlreadySwiped, social.CodeNothingToRewind, social.CodeTaskConflict, social.CodeTooManyPhotos:
		return http.StatusConflict
	case social.CodeRewindQuotaExceeded, social.CodeLikeQuotaExceeded, social.CodeSuperlikeQuotaExceeded,
		social.CodeRateLimited, social.CodeTooManyAttempts:
		return http.StatusTooManyRequests
	case social.CodeOverloaded, social.CodeUnavailable:
		return http.StatusServiceUnavailable
	case social.CodeTimeout:
		return http.StatusGatewayTimeout
	case social.CodeInternal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}
