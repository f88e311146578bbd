package messages

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// Seal keeps texts from whoever reads the database.
type Seal interface {
	// Seal gives text as it may be stored, and a keyed hash of it.
	Seal(text string) (sealed, index []byte)
	// Open gives what was sealed. Its errors tell nothing of it.
	Open(sealed []byte) (string, error)
}

// LetterArgs are a letter on its way, sealed.
type LetterArgs struct {
	Sealed []byte `json:"sealed"`
}

const (
	letterTries   = 30 // for more than an hour
	letterTimeout = 30 * time.Second
	// mostLetters to one address at once, and in a day from then on: somebody may
	// name another's.
	mostLetters = 5
	letterDay   = 24 * time.Hour
)

// LetterKind sends a letter.
func LetterKind() tasks.Kind[LetterArgs] {
	return tasks.Kind[LetterArgs]{
		Name: "message.mail", Queue: tasks.Messages, MaxAttempts: letterTries, Timeout: letterTimeout, Secret: true, AtMostOnce: true,
	}
}

// Post turns letters into tasks and tasks into letters.
type Post struct {
	seal    Seal
	limiter persistence.Limiter
	sender  Sender // nil: there is nobody who carries letters
}

// NewPost makes a post; without a sender (nil) it takes no addresses.
func NewPost(seal Seal, limiter persistence.Limiter, sender Sender) *Post {
	return &Post{seal, limiter, sender}
}

// Address reads the address that one letter is asked for. The errors of ParseAddress;
// CodeInvalidRequest, with the field email, where nobody carries letters.
func (p *Post) Address(text string) (Address, error) {
	to, err := ParseAddress(text)
	if err != nil {
		return Address{}, err
	}
	if p.sender == nil {
		return Address{}, &social.Error{Code: social.CodeInvalidRequest, Message: "This server sends no e-mail.", Field: "email"}
	}
	return to, nil
}

// Count counts a letter to an address before it is made: CodeRateLimited when too
// many are to go there; CodeUnavailable.
func (p *Post) Count(ctx context.Context, to Address) error {
	_, index := p.seal.Seal("letters to " + strings.ToLower(to.text))
	wait, err := p.limiter.Allow(ctx, "letters:"+hex.EncodeToString(index), persistence.Rate{Burst: mostLetters, Period: letterDay})
	if err != nil {
		return err
	}
	if wait > 0 {
		return &social.Error{Code: social.CodeRateLimited, Message: "Too many letters to this address.", RetryAfter: wait, Field: "email"}
	}
	return nil
}

// Seal gives an address as it may be stored with a task.
func (p *Post) Seal(to Address) []byte {
	sealed, _ := p.seal.Seal(to.text)
	return sealed
}

// Open gives the address that Seal sealed.
func (p *Post) Open(sealed []byte) (Address, error) {
	text, err := p.seal.Open(sealed)
	if err != nil {
		return Address{}, err
	}
	return ParseAddress(text)
}

// written is a letter as it is sealed.
type written struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// Task makes the task of a letter: one for each cause, whoever makes it how often.
func (p *Post) Task(owner social.UserID, cause string, l Letter) (persistence.Task, error) {
	data, err := json.Marshal(written{l.To.text, l.Subject, l.Text})
	if err != nil {
		return persistence.Task{}, err
	}
	sealed, _ := p.seal.Seal(string(data))
	task, err := LetterKind().New(LetterArgs{sealed})
	task.Owner, task.Unique, task.Once = owner, cause, true
	return task, err
}

// Deliver does a task of LetterKind. It tries again only what is known not to
// have been sent and may be sent the next time.
func (p *Post) Deliver(ctx context.Context, _ *tasks.Run, args LetterArgs) (any, error) {
	if p.sender == nil {
		return nil, &social.Error{Code: social.CodeUnavailable, Message: "This server sends no e-mail any more."}
	}
	text, err := p.seal.Open(args.Sealed)
	if err != nil {
		return nil, err
	}
	var w written
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return nil, tasks.Permanent(fmt.Errorf("a sealed letter: %w", err))
	}
	to, err := ParseAddress(w.To)
	if err != nil {
		return nil, tasks.Permanent(err)
	}
	err = p.sender.Send(ctx, Letter{to, w.Subject, w.Text})
	if errors.Is(err, ErrUnsettled) || social.CodeOf(err) == social.CodeInternal {
		return nil, tasks.Permanent(err)
	}
	return nil, err
}
