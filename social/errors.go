package social

import (
	"errors"
	"fmt"
	"time"
)

// Code is the stable, machine-readable name of a refusal or failure. Clients
// switch on it; it never changes once released.
type Code string

// The codes, each with one HTTP status (package api) and one wire form
// (package actors).
const (
	CodeInvalidRequest         Code = "invalid_request"
	CodeUnauthenticated        Code = "unauthenticated"
	CodeAccountSuspended       Code = "account_suspended"
	CodeForbidden              Code = "forbidden"
	CodeNotFound               Code = "not_found"
	CodeUserNotFound           Code = "user_not_found"
	CodeNotFriends             Code = "not_friends"
	CodeTaskNotFound           Code = "task_not_found"
	CodeTaskConflict           Code = "task_conflict"
	CodeUploadNotFound         Code = "upload_not_found"
	CodePhotoNotFound          Code = "photo_not_found"
	CodeExportNotFound         Code = "export_not_found"
	CodeTooManyPhotos          Code = "too_many_photos"
	CodeVideoUnsupported       Code = "video_unsupported"
	CodeMethodNotAllowed       Code = "method_not_allowed"
	CodeAlreadySwiped          Code = "already_swiped"
	CodeNothingToRewind        Code = "nothing_to_rewind"
	CodeSelfSwipe              Code = "self_swipe"
	CodeRewindQuotaExceeded    Code = "rewind_quota_exceeded"
	CodeLikeQuotaExceeded      Code = "like_quota_exceeded"
	CodeSuperlikeQuotaExceeded Code = "superlike_quota_exceeded"
	CodeIdempotencyMismatch    Code = "idempotency_mismatch"
	CodeCodeInvalid            Code = "code_invalid"
	CodeTooManyAttempts        Code = "too_many_attempts"
	CodeUploadTooLarge         Code = "upload_too_large"
	CodeUnsupportedMedia       Code = "unsupported_media"
	CodeImageInvalid           Code = "image_invalid"
	CodeRateLimited            Code = "rate_limited"
	CodeOverloaded             Code = "overloaded"
	CodeUnavailable            Code = "unavailable"
	CodeTimeout                Code = "timeout"
	CodeInternal               Code = "internal"
)

// Codes lists every code, for the tests that walk each through the tables of
// the boundaries.
func Codes() []Code {
	return []Code{
		CodeInvalidRequest, CodeUnauthenticated, CodeForbidden, CodeNotFound, CodeUserNotFound, CodeNotFriends,
		CodeTaskNotFound, CodeTaskConflict, CodeUploadNotFound, CodePhotoNotFound, CodeExportNotFound, CodeTooManyPhotos, CodeVideoUnsupported, CodeAccountSuspended,
		CodeMethodNotAllowed, CodeAlreadySwiped, CodeNothingToRewind, CodeSelfSwipe, CodeRewindQuotaExceeded,
		CodeLikeQuotaExceeded, CodeSuperlikeQuotaExceeded, CodeIdempotencyMismatch, CodeCodeInvalid, CodeTooManyAttempts,
		CodeUploadTooLarge, CodeUnsupportedMedia, CodeImageInvalid, CodeRateLimited, CodeOverloaded, CodeUnavailable,
		CodeTimeout, CodeInternal,
	}
}

// Error is the one error type that crosses actor, node and HTTP boundaries.
type Error struct {
	Code    Code
	Message string // for people; never names a Go type, a table or a host
	// RetryAfter tells when trying again may help; zero: unknown. Codes that
	// answer 429 or 503 should carry it.
	RetryAfter time.Duration
	// Field names the offending input in dotted form ("birthday"), if one is to blame.
	Field string
	// Cause is for the log only and crosses no boundary.
	Cause error
}

// Errorf makes an Error without a cause.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is compare codes, so that a bare &Error{Code: c} is a pattern.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Message == "" && t.Cause == nil
}

// AsError gives the Error inside err. An unknown error becomes CodeInternal
// with a message that leaks nothing; nil stays nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeInternal, Message: "Something went wrong on our side.", Cause: err}
}

// CodeOf gives the code of err, "" for nil and CodeInternal for an unknown error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}
