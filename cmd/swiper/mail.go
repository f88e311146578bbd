package main

import (
	"context"
	"fmt"
	"time"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/messages"
	"github.com/swiperhq/swiper/messages/smtp"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// openPost gives who sends letters; without mail.url nobody does.
func (n *node) openPost(vault *accounts.Vault, limiter persistence.Limiter) (*messages.Post, error) {
	m, ok, err := n.settings.MailServer()
	if err != nil {
		return nil, err
	}
	var sender messages.Sender
	if ok {
		sender, err = smtp.New(smtp.Options{
			Host: m.Host, Port: m.Port, User: m.User, Password: m.Password, From: m.From, Implicit: m.Implicit, Insecure: m.Insecure,
		})
		if err != nil {
			return nil, fmt.Errorf("mail.url: %w", err)
		}
	}
	return messages.NewPost(seal{vault}, limiter, sender), nil
}

// seal is messages.Seal: letters lie sealed as phone numbers do.
type seal struct{ vault *accounts.Vault }

func (s seal) Seal(text string) (sealed, index []byte) {
	both := s.vault.Seal(text)
	return both.Sealed, both.Index
}

func (s seal) Open(sealed []byte) (string, error) { return s.vault.Open(sealed) }

// farewell makes the letter to somebody who deletes an account.
func farewell(post *messages.Post, grace time.Duration) func(context.Context, social.UserID, time.Time, string) ([]persistence.Task, error) {
	return func(ctx context.Context, uid social.UserID, left time.Time, email string) ([]persistence.Task, error) {
		to, err := post.Address(email)
		if err != nil {
			return nil, err
		}
		if err := post.Count(ctx, to); err != nil {
			return nil, err
		}
		cause := fmt.Sprintf("departure %d at %d", uid, left.UnixMicro())
		letter, err := post.Task(uid, cause, messages.AccountDeleted(to, left.Add(grace)))
		return []persistence.Task{letter}, err
	}
}
