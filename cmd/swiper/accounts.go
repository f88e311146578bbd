package main

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/api"
)

// entrance is how people get in.
type entrance struct {
	service *accounts.Service
	tokens  *accounts.Tokens
	inbox   api.Inbox // nil unless this is a demonstration
}

// openEntrance starts the accounts' service; authKey signs its access tokens.
func (n *node) openEntrance(ctx context.Context, authKey []byte, p *parts) (entrance, error) {
	e := entrance{tokens: accounts.NewTokens(authKey, time.Now)}
	var sender accounts.Sender = p.work.outbox
	if n.settings.Demo {
		inbox := accounts.NewInbox(sender)
		sender, e.inbox = inbox, inbox
	}
	var err error
	e.service, err = accounts.New(accounts.Options{
		Store: p.db, Codes: p.signals, Limiter: p.signals, Signals: p.signals, Sender: sender, Vault: p.work.vault, Tokens: e.tokens,
		Rules: p.tunables.Rules, Erasure: erasureAfter(n.settings.Accounts.Grace),
		Farewell: farewell(p.work.post, n.settings.Accounts.Grace), Now: time.Now, Logger: n.logger,
	})
	if err != nil {
		return entrance{}, err
	}
	n.keep(ctx, "sessions", e.service.Run)
	return e, nil
}

// sharedWriter lets the log and the console provider write to one stream, line by line.
type sharedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *sharedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}
