package accounts

import (
	"context"
	"slices"
	"sync"
)

// inboxSize is how many messages an Inbox keeps of all numbers together.
const inboxSize = 1000

// Inbox is a Sender of demonstrations: it passes messages on and keeps the
// latest, so that those without a phone can read them.
type Inbox struct {
	next     Sender
	mu       sync.Mutex
	messages []Message // oldest first
}

// NewInbox keeps what goes to next.
func NewInbox(next Sender) *Inbox { return &Inbox{next: next} }

// Send implements Sender.
func (i *Inbox) Send(ctx context.Context, m Message) error {
	if err := i.next.Send(ctx, m); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.messages) == inboxSize {
		i.messages = slices.Delete(i.messages, 0, 1)
	}
	i.messages = append(i.messages, m)
	return nil
}

// Messages gives what was sent to a number, latest first. CodeInvalidRequest as
// ParsePhone.
func (i *Inbox) Messages(phone string) ([]Message, error) {
	to, err := ParsePhone(phone)
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []Message
	for _, m := range slices.Backward(i.messages) {
		if m.To == to {
			out = append(out, m)
		}
	}
	return out, nil
}
