package tasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/jobs"
	"github.com/swiperhq/swiper/social"
)

// maxResult bounds what a task can leave behind to be read.
const maxResult = 64 << 10 // bytes

// errUnsettled ends a task that may have been done and must not be done twice.
var errUnsettled = &social.Error{Code: social.CodeUnavailable, Message: "It is not known whether this was done; it is not done again."}

// run is one attempt. Its end is written before the queue hears of it: should we die
// in between, the next attempt finds the task ended.
func (r *Runner) run(ctx context.Context, a jobs.Attempt) error {
	r.running.Store(a.Job, struct{}{})
	defer r.running.Delete(a.Job)
	h, known := r.o.Handlers.byKind[a.Kind]
	if !known {
		return fmt.Errorf("nobody here handles %s", a.Kind)
	}
	in, err := r.o.Store.BeginTask(ctx, a.TaskAttempt, h.atMostOnce)
	if err != nil || in.Ended {
		return err
	}
	begun := time.Now()
	var result any
	if in.Unsettled && h.atMostOnce {
		err = Permanent(errUnsettled)
	} else {
		result, err = r.call(ctx, h, &Run{
			ID: a.ID, Owner: in.Owner, Attempt: a.Number, Final: a.Number >= a.Last,
			progress: func(ctx context.Context, percent int) { r.progress(ctx, a, percent) },
		}, in.Args)
	}
	outcome, err := r.settle(ctx, h, a, result, err)
	r.metrics.attempt(a.Kind, outcome, time.Since(begun))
	return err
}

// call runs the handler and turns a panic into an error.
func (r *Runner) call(ctx context.Context, h handler, run *Run, args []byte) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.o.Logger.ErrorContext(ctx, "a task panicked", slog.String("task", string(run.ID)),
				slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h.do(ctx, run, args)
}

// settle keeps how an attempt went and gives the queue's verdict.
func (r *Runner) settle(ctx context.Context, h handler, a jobs.Attempt, result any, failure error) (outcome string, verdict error) {
	cause := context.Cause(ctx)
	write, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	end := persistence.TaskEnd{Attempts: a.Number, At: r.o.Now()}
	if failure == nil {
		end.Result, failure = encode(result)
	}
	if failure == nil {
		_, err := r.o.Store.EndTask(write, a.TaskAttempt, end)
		return outcomeDone, err
	}
	if h.atMostOnce && ctx.Err() != nil {
		failure = Permanent(fmt.Errorf("%w: %w", errUnsettled, failure))
	}
	switch {
	case errors.Is(cause, jobs.ErrCancelled):
		return outcomeCancelled, failure // its end was written by whoever cancelled it
	case r.stopping.Load() && ctx.Err() != nil && !h.atMostOnce:
		if err := r.o.Store.FailAttempt(write, a.TaskAttempt, ""); err != nil {
			return outcomeInterrupted, err
		}
		return outcomeInterrupted, jobs.ErrPutBack
	case IsPermanent(failure) || a.Number >= a.Last:
		return outcomeFailed, r.bury(write, a, end, failure)
	}
	r.o.Logger.InfoContext(ctx, "a task is tried again", describe(a, failure)...)
	if err := r.o.Store.FailAttempt(write, a.TaskAttempt, social.AsError(failure).Message); err != nil {
		return outcomeRetried, err
	}
	return outcomeRetried, failure
}

// bury ends a task as failed, for operators to look at.
func (r *Runner) bury(ctx context.Context, a jobs.Attempt, end persistence.TaskEnd, failure error) error {
	r.o.Logger.ErrorContext(ctx, "a task has failed", describe(a, failure)...)
	end.Failed, end.Error = true, social.AsError(failure).Message
	if _, err := r.o.Store.EndTask(ctx, a.TaskAttempt, end); err != nil {
		return err
	}
	return jobs.ErrDead
}

func (r *Runner) progress(ctx context.Context, a jobs.Attempt, percent int) {
	if err := r.o.Store.SetTaskProgress(ctx, a.TaskAttempt, percent); err != nil { // the next one will do
		r.o.Logger.DebugContext(ctx, "progress of a task was not kept", slog.String("task", string(a.ID)), slog.Any("err", err))
	}
}

func describe(a jobs.Attempt, err error) []any {
	return []any{
		slog.String("task", string(a.ID)), slog.String("kind", a.Kind), slog.Int("attempt", a.Number),
		slog.Int("of", a.Last), slog.Any("err", err),
	}
}

// encode makes a result's JSON; what cannot be one fails for good.
func encode(result any) ([]byte, error) {
	if result == nil {
		return nil, nil
	}
	data, err := json.Marshal(result)
	if err != nil {
		return nil, Permanent(fmt.Errorf("result: %w", err))
	}
	if len(data) == 0 || data[0] != '{' {
		return nil, Permanent(fmt.Errorf("result: %T is no JSON object", result))
	}
	if len(data) > maxResult {
		return nil, Permanent(fmt.Errorf("result: %d bytes, at most %d are kept", len(data), maxResult))
	}
	return data, nil
}
