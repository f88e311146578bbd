package main

import (
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/accounts/qiniusms"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// codeTimeout bounds one attempt at sending a code, and textTimeout, within it,
// the provider's answer.
const (
	codeTimeout = 10 * time.Second
	textTimeout = 8 * time.Second
)

// codeArgs are a login code on its way, sealed.
type codeArgs struct {
	Sealed []byte `json:"sealed"`
}

// codeKind sends a login code. Nobody gets one twice: who got none asks again.
func codeKind() tasks.Kind[codeArgs] {
	return tasks.Kind[codeArgs]{
		Name: "message.code", Queue: tasks.Messages, MaxAttempts: 6, Timeout: codeTimeout, Secret: true, AtMostOnce: true,
	}
}

func enqueueCode(store persistence.Tasks, now func() time.Time) func(context.Context, []byte) error {
	return func(ctx context.Context, sealed []byte) error {
		task, err := codeKind().New(codeArgs{sealed})
		if err != nil {
			return err
		}
		_, err = store.EnqueueTasks(ctx, now(), task)
		return err
	}
}

// textSender gives who carries text messages.
func (n *node) textSender() (accounts.Sender, error) {
	p, err := n.settings.SMSProvider()
	if err != nil || p.Kind == config.ConsoleSMS {
		return accounts.NewConsole(n.console), err
	}
	return qiniusms.New(qiniusms.Options{
		AccessKey: p.AccessKey, SecretKey: p.SecretKey, TemplateID: p.TemplateID, Parameter: p.Parameter, Endpoint: p.Endpoint, Timeout: textTimeout,
	})
}

// deliverCode tries again only what is known not to have been sent, may be sent
// the next time, and is still of use.
func deliverCode(ctx context.Context, box *accounts.Outbox, args codeArgs, provider accounts.Sender) error {
	err := box.Deliver(ctx, args.Sealed, time.Now(), provider)
	if errors.Is(err, accounts.ErrStale) || errors.Is(err, accounts.ErrUnsettled) || hopeless(err) {
		return tasks.Permanent(err)
	}
	return err
}

// hopeless tells that whoever was asked said that asking again will not help.
func hopeless(err error) bool {
	said, ok := errors.AsType[*social.Error](err)
	return ok && said.Code == social.CodeInternal
}
