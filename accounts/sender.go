package accounts

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Message is a text message with a login code.
type Message struct {
	To   Phone
	Code string
	Text string // the code in a sentence, for providers without templates of their own
	Time time.Time
}

// Sender hands messages to whoever carries them.
type Sender interface {
	// Send returns when the message was taken over. Its errors become
	// CodeUnavailable; they carry neither number nor code.
	Send(ctx context.Context, m Message) error
}

// Console is the Sender of development: it writes each message as one plain
// line, whatever the format of the log around it.
type Console struct{ out io.Writer }

// NewConsole writes to out, which must take writes from several goroutines.
func NewConsole(out io.Writer) *Console { return &Console{out} }

// Send implements Sender.
func (c *Console) Send(_ context.Context, m Message) error {
	_, err := fmt.Fprintf(c.out, "sms to=%s code=%s\n", m.To.E164(), m.Code)
	return err
}
