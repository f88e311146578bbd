package api

import (
	"context"
	"net/http"
	"strings"
	"time"
)

type inboxInput struct {
	Phone string `query:"phone" required:"true" minLength:"1" maxLength:"32"`
}

type inboxMessage struct {
	To   string    `json:"to"`
	Text string    `json:"text"`
	Code string    `json:"code"`
	Time time.Time `json:"time"`
}

type inboxAnswer struct {
	Messages []inboxMessage `json:"messages" nullable:"false" doc:"Latest first."`
}

type inboxOutput struct{ Body inboxAnswer }

// inboxRoutes shows the codes of a demonstration; without one there is no such path.
func (s *service) inboxRoutes() {
	if s.Inbox != nil {
		register(s, s.openOperation("demo-inbox", http.MethodGet, "/demo/inbox", "Show the codes sent to a phone; only in demonstrations"), s.inbox)
	}
}

func (s *service) inbox(_ context.Context, in *inboxInput) (*inboxOutput, error) {
	// A + that was not escaped arrives as a space.
	phone := in.Phone
	if rest, ok := strings.CutPrefix(phone, " "); ok {
		phone = "+" + rest
	}
	messages, err := s.Inbox.Messages(phone)
	if err != nil {
		return nil, err
	}
	out := make([]inboxMessage, len(messages))
	for i, m := range messages {
		out[i] = inboxMessage{To: m.To.E164(), Text: m.Text, Code: m.Code, Time: m.Time.UTC()}
	}
	return &inboxOutput{inboxAnswer{out}}, nil
}
