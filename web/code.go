package web

import (
	"cmp"
	"slices"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// code is a row of the table of errors.
type code struct {
	Code   string
	Status int
	// Means is what happened, Do what a client does about it.
	Means, Do string
}

// codes lists every code the server may answer with, by status.
func codes() []code {
	var out []code
	for _, c := range social.Codes() {
		e := explanations[c]
		out = append(out, code{Code: string(c), Status: problem.Status(c), Means: e[0], Do: e[1]})
	}
	slices.SortStableFunc(out, func(a, b code) int { return cmp.Compare(a.Status, b.Status) })
	return out
}

var explanations = map[social.Code][2]string{ //nolint:gochecknoglobals // a constant that Go cannot express
	social.CodeInvalidRequest:         {"The request cannot be read (400, 408, 413) or breaks a rule (422).", "Correct it: errors[] names the inputs at fault."},
	social.CodeUnauthenticated:        {"There is no valid access token, or its session or account has ended.", "Refresh the tokens once; if that is refused too, log in."},
	social.CodeAccountSuspended:       {"The account is suspended.", "Tell so; only the operators can lift it."},
	social.CodeCodeInvalid:            {"The login code is wrong, expired or used.", "Let people type it again."},
	social.CodeForbidden:              {"The token may not do this.", "Do not repeat."},
	social.CodeNotFound:               {"There is nothing at this path.", "Do not repeat."},
	social.CodeUserNotFound:           {"The person does not exist or has left.", "Take the card away."},
	social.CodeNotFriends:             {"The two are not friends (any more).", "Take the person off the list."},
	social.CodeMethodNotAllowed:       {"The path does not take this method; Allow names those it takes.", "Do not repeat."},
	social.CodeAlreadySwiped:          {"Another mark on this person is stored.", "Take the card away; the stored mark stays."},
	social.CodeNothingToRewind:        {"There is no swipe to take back, or the latest is too old.", "Tell so; no rewind was spent."},
	social.CodeSelfSwipe:              {"People cannot swipe themselves.", "Do not repeat."},
	social.CodeIdempotencyMismatch:    {"The Idempotency-Key was used for another request.", "Use a new key for a new intention."},
	social.CodeRewindQuotaExceeded:    {"No rewinds are left today.", "Wait until Retry-After has passed: the next day of the quota."},
	social.CodeLikeQuotaExceeded:      {"No likes are left today; nothing was stored.", "Put the card back; wait until Retry-After has passed."},
	social.CodeSuperlikeQuotaExceeded: {"No superlikes are left today; nothing was stored.", "Put the card back; wait until Retry-After has passed."},
	"task_not_found":                  {"There is no such task of yours, or it is too long ago.", "Do not repeat."},
	"task_conflict":                   {"The task is not in a state in which that can be done.", "Look at it again."},
	"upload_not_found":                {"There is no such upload of yours, or its time is over.", "Begin another upload."},
	"export_not_found":                {"There is no such copy of your data, or its day is over.", "Ask for another."},
	"photo_not_found":                 {"There is no such photo of yours.", "Ask for the list again."},
	"too_many_photos":                 {"There are nine photos, or will be with those on their way.", "Delete one first."},
	"video_unsupported":               {"Videos are not taken here: the server has nothing to transcode them with.", "Do not offer them."},
	"upload_too_large":                {"The picture has more than 10 MiB.", "Make it smaller."},
	"unsupported_media":               {"The body is of a kind that is not taken.", "Send a JPEG, PNG or another kind that is."},
	"image_invalid":                   {"The picture cannot be read, or has too many pixels.", "Send another."},
	social.CodeRateLimited:            {"Too many requests, or too many at a time.", "Wait for Retry-After, then repeat."},
	social.CodeTooManyAttempts:        {"Too many tries at a login code; it is burnt.", "Ask for a new code."},
	social.CodeOverloaded:             {"The node has too much to do; nothing was carried out.", "Wait for Retry-After, then repeat."},
	social.CodeUnavailable:            {"A part that is needed is away.", "Wait for Retry-After, then repeat: with a key, or what may be done twice."},
	social.CodeTimeout:                {"The answer did not come in time; it may have been carried out.", "Repeat: with a key, or what may be done twice."},
	social.CodeInternal:               {"A fault of the server.", "Repeat later; tell its operators the X-Request-Id."},
}
