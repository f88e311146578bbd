package sqlstore

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Kept is what the table idempotency holds under a key.
type Kept struct {
	Digest   []byte
	Response string // JSON, see KeepSwipe and KeepRewind
}

// keptSwipe and keptRewind are the stored forms of answers. Postgres writes them
// in SQL. Names are frozen: a version may read what another one wrote.
type (
	keptSwipe struct {
		SID      social.UserID `json:"sid"`
		Mark     social.Mark   `json:"mark"`
		Matched  bool          `json:"matched"`
		Repeated bool          `json:"repeated"`
	}
	keptRewind struct {
		SID       social.UserID `json:"sid"`
		Mark      social.Mark   `json:"mark"`
		Unmatched bool          `json:"unmatched"`
		Used      int           `json:"used"`
		Limit     social.Limit  `json:"limit"`
	}
)

// KeyCutoff gives the time up to which what is kept counts as forgotten at now.
func KeyCutoff(now time.Time) time.Time { return now.Add(-persistence.KeyLife) }

// KeepSwipe gives the stored form of an answer.
func KeepSwipe(r social.SwipeResult) (string, error) {
	return keep(keptSwipe{SID: r.SID, Mark: r.Mark, Matched: r.Matched, Repeated: r.Repeated})
}

// KeepRewind gives the stored form of an answer.
func KeepRewind(r social.RewindResult) (string, error) {
	return keep(keptRewind{SID: r.SID, Mark: r.Mark, Unmatched: r.Unmatched, Used: r.Used, Limit: r.Limit})
}

// Rewind gives the answer that an earlier request with key got.
// CodeIdempotencyMismatch if that one asked for something else.
func (k *Kept) Rewind(key persistence.IdempotencyKey) (social.RewindResult, error) {
	var r keptRewind
	if err := k.read(key, &r); err != nil {
		return social.RewindResult{}, err
	}
	return social.RewindResult{
		SID: r.SID, Mark: r.Mark, Unmatched: r.Unmatched, Used: r.Used, Limit: r.Limit, Replayed: true,
	}, nil
}

func (k *Kept) swipe(key persistence.IdempotencyKey) (social.SwipeResult, error) {
	var r keptSwipe
	if err := k.read(key, &r); err != nil {
		return social.SwipeResult{}, err
	}
	return social.SwipeResult{SID: r.SID, Mark: r.Mark, Matched: r.Matched, Repeated: r.Repeated, Replayed: true}, nil
}

func (k *Kept) read(key persistence.IdempotencyKey, answer any) error {
	if !bytes.Equal(k.Digest, key.Digest) {
		return social.Errorf(social.CodeIdempotencyMismatch, "This Idempotency-Key was used for another request.")
	}
	if err := json.Unmarshal([]byte(k.Response), answer); err != nil {
		return &social.Error{Code: social.CodeInternal, Message: "The stored answer cannot be read.", Cause: err}
	}
	return nil
}

// KeyRefused refuses a key that no store takes.
func KeyRefused() error {
	return social.Errorf(social.CodeInvalidRequest, "This Idempotency-Key cannot be stored.")
}

func keep(answer any) (string, error) {
	text, err := json.Marshal(answer)
	if err != nil {
		return "", &social.Error{Code: social.CodeInternal, Message: "The answer cannot be stored.", Cause: err}
	}
	return string(text), nil
}
