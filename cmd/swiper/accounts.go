package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/redis"
)

// entrance is how people get in.
type entrance struct {
	service *accounts.Service
	tokens  *accounts.Tokens
	inbox   api.Inbox // nil unless this is a demonstration
}

// openEntrance starts the accounts' service; authKey signs its access tokens.
func (n *node) openEntrance(ctx context.Context, authKey []byte, db persistence.Store, shared *redis.Client, tunables *config.Tunables) (entrance, error) {
	keys, err := n.settings.PhoneKeys()
	if err != nil {
		return entrance{}, err
	}
	vault, err := accounts.NewVault(keys)
	if err != nil {
		return entrance{}, fmt.Errorf("phone.key: %w", err)
	}
	e := entrance{tokens: accounts.NewTokens(authKey, time.Now)}
	var sender accounts.Sender = accounts.NewConsole(n.console) // the only provider that settings let through
	if n.settings.Demo {
		inbox := accounts.NewInbox(sender)
		sender, e.inbox = inbox, inbox
	}
	e.service, err = accounts.New(accounts.Options{
		Store: db, Codes: shared, Limiter: shared, Signals: shared, Sender: sender, Vault: vault, Tokens: e.tokens,
		Rules: tunables.Rules, Now: time.Now, Logger: n.logger,
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
