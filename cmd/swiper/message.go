package main

import (
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/tasks"
)

// codeArgs are a login code on its way, sealed.
type codeArgs struct {
	Sealed []byte `json:"sealed"`
}

// codeKind sends a login code. Nobody gets one twice: who got none asks again.
func codeKind() tasks.Kind[codeArgs] {
	return tasks.Kind[codeArgs]{
		Name: "message.code", Queue: tasks.Messages, MaxAttempts: 6, Timeout: 10 * time.Second, Secret: true, AtMostOnce: true,
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

// deliverCode tries again only what is known not to have been sent and is still of use.
func deliverCode(ctx context.Context, box *accounts.Outbox, args codeArgs, provider accounts.Sender) error {
	err := box.Deliver(ctx, args.Sealed, time.Now(), provider)
	if errors.Is(err, accounts.ErrStale) || errors.Is(err, accounts.ErrUnsettled) {
		return tasks.Permanent(err)
	}
	return err
}
