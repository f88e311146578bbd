package main

import (
	"context"
	"fmt"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// eraseRows is how many rows of a kind one transaction of an erasure deletes.
const eraseRows = 500

// eraseArgs are a user and when that user left. Who came back and left again
// did so at another moment.
type eraseArgs struct {
	User social.UserID `json:"user"`
	Left time.Time     `json:"left"`
}

// eraseKind erases who has deleted their account. It is tried for eight
// hours, since nobody else does it; then operators are told of a failed task.
func eraseKind() tasks.Kind[eraseArgs] {
	return tasks.Kind[eraseArgs]{Name: "account.erase", Queue: tasks.Reports, MaxAttempts: 100, Timeout: 10 * time.Minute}
}

// erasureAfter makes the tasks that erase people so long after they left, one
// for each time that somebody does.
func erasureAfter(grace time.Duration) func(social.UserID, time.Time) (persistence.Task, error) {
	return func(uid social.UserID, left time.Time) (persistence.Task, error) {
		task, err := eraseKind().New(eraseArgs{uid, left})
		task.Owner, task.RunAt = uid, left.Add(grace)
		task.Unique = fmt.Sprintf("%d at %d", uid, left.UnixMicro())
		return task, err
	}
}

// eraser deletes what a user has left behind. Pictures are deleted by their
// own sweep, once the database says that nobody has them.
type eraser struct {
	store persistence.Departures
	now   func() time.Time
}

// erase does nothing if the user has come back.
func (e *eraser) erase(ctx context.Context, args eraseArgs) error {
	begun, err := e.store.BeginErasure(ctx, args.User, args.Left)
	if err != nil || !begun {
		return err
	}
	for more := true; more; {
		if more, err = e.store.EraseSome(ctx, args.User, e.now(), eraseRows); err != nil {
			return err
		}
	}
	return nil
}
