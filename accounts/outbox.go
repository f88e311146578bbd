package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrUnsettled is what a Sender wraps when it cannot tell whether the message
	// was taken over: it is not sent again then. Any other error says that it was not.
	ErrUnsettled = errors.New("it is not known whether the message was sent")
	// ErrStale tells that a message came too late to be of use.
	ErrStale = errors.New("the message is out of date")
)

// Outbox is a Sender that leaves messages to durable work: sealed, so that no
// number or code stands in clear in the database, they wait until Deliver gets
// them through.
type Outbox struct {
	vault   *Vault
	enqueue func(ctx context.Context, sealed []byte) error
}

// NewOutbox takes what keeps a sealed message for a worker to deliver.
func NewOutbox(vault *Vault, enqueue func(ctx context.Context, sealed []byte) error) *Outbox {
	return &Outbox{vault, enqueue}
}

// letter is a message as it is sealed.
type letter struct {
	To   string    `json:"to"`
	Code string    `json:"code"`
	Text string    `json:"text"`
	Time time.Time `json:"time"`
}

// Send implements Sender: it returns when the message is durable.
func (o *Outbox) Send(ctx context.Context, m Message) error {
	data, err := json.Marshal(letter{m.To.e164, m.Code, m.Text, m.Time})
	if err != nil {
		return err
	}
	return o.enqueue(ctx, o.vault.Seal(string(data)).Sealed)
}

// Deliver gives a sealed message to next. ErrStale when its code is good no more
// at now; besides, next's errors, and that of a key that is not given any more.
func (o *Outbox) Deliver(ctx context.Context, sealed []byte, now time.Time, next Sender) error {
	text, err := o.vault.Open(sealed)
	if err != nil {
		return err
	}
	var l letter
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return fmt.Errorf("a sealed message: %w", err)
	}
	if !now.Before(l.Time.Add(codeLife)) {
		return ErrStale
	}
	return next.Send(ctx, Message{To: Phone{l.To}, Code: l.Code, Text: l.Text, Time: l.Time})
}
