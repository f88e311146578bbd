package actors

import (
	"slices"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// The table of this boundary: a social.Error crosses as its code, message,
// retry-after and field; its cause stays where it happened. A code that this
// version does not know, and the reason of a panicked actor, are CodeInternal.

// Metadata keys of a cluster.RefusalError.
const (
	metaRetryAfter = "retry_after_ms"
	metaField      = "field"
)

// refusalOf puts err into a message; nil stays nil.
func refusalOf(err error) *actorspb.Refusal {
	e := social.AsError(err)
	if e == nil {
		return nil
	}
	return &actorspb.Refusal{
		Code: string(e.Code), Message: e.Message, RetryAfterMs: e.RetryAfter.Milliseconds(), Field: e.Field,
	}
}

// errorOf takes the error out of a message; nil stays nil.
func errorOf(r *actorspb.Refusal) error {
	if r == nil {
		return nil
	}
	return &social.Error{
		Code: codeOf(r.Code), Message: r.Message, RetryAfter: time.Duration(r.RetryAfterMs) * time.Millisecond, Field: r.Field,
	}
}

// answerOf puts err into the answer that stands for any reply.
func answerOf(err error) *cluster.RefusalError {
	e := social.AsError(err)
	a := &cluster.RefusalError{Reason: string(e.Code), Message: e.Message}
	if e.RetryAfter != 0 || e.Field != "" {
		a.Metadata = map[string]string{
			metaRetryAfter: strconv.FormatInt(e.RetryAfter.Milliseconds(), 10), metaField: e.Field,
		}
	}
	return a
}

// errorOfAnswer takes the error out of such an answer.
func errorOfAnswer(a *cluster.RefusalError) *social.Error {
	ms, _ := strconv.ParseInt(a.Metadata[metaRetryAfter], 10, 64) // absent or broken: unknown
	return &social.Error{
		Code: codeOf(a.Reason), Message: a.Message, RetryAfter: time.Duration(ms) * time.Millisecond, Field: a.Metadata[metaField],
	}
}

func codeOf(s string) social.Code {
	if c := social.Code(s); slices.Contains(social.Codes(), c) {
		return c
	}
	return social.CodeInternal
}

// isFault tells failures of ours from refusals by the rules.
func isFault(err error) bool {
	switch social.CodeOf(err) { //nolint:exhaustive // the rest is the user's
	case social.CodeInternal, social.CodeUnavailable, social.CodeTimeout, social.CodeOverloaded:
		return true
	}
	return false
}

// Errors that the actors themselves make.

func errTimeout() error {
	return social.Errorf(social.CodeTimeout, "This took too long; it may or may not have been done. Ask again.")
}

func errUnavailable() error {
	return &social.Error{Code: social.CodeUnavailable, Message: "Not available right now. Try again shortly.", RetryAfter: time.Second}
}

func errOverloaded() error {
	return &social.Error{Code: social.CodeOverloaded, Message: "Too much is going on. Try again shortly.", RetryAfter: time.Second}
}

func errTooMany() error {
	return &social.Error{Code: social.CodeRateLimited, Message: "Too many requests of yours at once.", RetryAfter: time.Second}
}

func errInternal() error {
	return social.Errorf(social.CodeInternal, "Something went wrong on our side.")
}

func keyToWire(k persistence.IdempotencyKey) *actorspb.IdempotencyKey {
	if k.None() {
		return nil
	}
	return &actorspb.IdempotencyKey{Key: k.Key, Digest: k.Digest}
}

func keyFromWire(k *actorspb.IdempotencyKey) persistence.IdempotencyKey {
	return persistence.IdempotencyKey{Key: k.GetKey(), Digest: k.GetDigest()}
}

func meterToWire(m *social.Meter, resetsAt time.Time) *actorspb.Meter {
	if m == nil {
		return nil
	}
	return &actorspb.Meter{
		Action: string(m.Action), Day: m.Day.String(), Limit: int64(m.Limit), ResetsAtUnixMs: resetsAt.UnixMilli(),
	}
}

func recordFromWire(r *actorspb.Record) (persistence.Record, error) {
	out := persistence.Record{Swipe: social.Swipe{
		UID: social.UserID(r.Uid), SID: social.UserID(r.Sid), Mark: markFromWire(r.Mark), Time: time.UnixMicro(r.TimeUnixUs),
	}, Key: keyFromWire(r.Key)}
	if r.Meter == nil {
		return out, nil
	}
	day, err := social.ParseDate(r.Meter.Day)
	if err != nil {
		return out, err
	}
	out.Meter = &social.Meter{Action: social.Action(r.Meter.Action), Day: day, Limit: social.Limit(r.Meter.Limit)}
	out.ResetsAt = time.UnixMilli(r.Meter.ResetsAtUnixMs)
	return out, nil
}

// markFromWire gives 0, which no rule accepts, for what is no mark.
func markFromWire(m int32) social.Mark {
	if m < int32(social.MarkEnded) || m > int32(social.MarkSuperlike) {
		return 0
	}
	return social.Mark(m)
}

func cardToWire(c social.Card) *actorspb.Card {
	return &actorspb.Card{
		UserId: int64(c.UserID), Nickname: c.Nickname, Age: int32(c.Age), Sex: string(c.Sex), //nolint:gosec // an age
		Location: c.Location, Bio: c.Bio, Avatar: c.Avatar, AvatarBlurhash: c.AvatarBlurHash, SuperlikedMe: c.SuperlikedMe,
	}
}

func cardFromWire(c *actorspb.Card) social.Card {
	return social.Card{
		UserID: social.UserID(c.UserId), Nickname: c.Nickname, Age: int(c.Age), Sex: social.Sex(c.Sex),
		Location: c.Location, Bio: c.Bio, Avatar: c.Avatar, AvatarBlurHash: c.AvatarBlurhash, SuperlikedMe: c.SuperlikedMe,
	}
}
