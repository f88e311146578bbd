package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/exports"
	"github.com/swiperhq/swiper/internal/hints"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/messages"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/jobs"
	"github.com/swiperhq/swiper/tasks"
	"github.com/swiperhq/swiper/uploads"
)

// pruneEvery is the time between two turns of deleting what is out of date.
const pruneEvery = 30 * time.Second

// sweepEvery is the time between two turns of clearing away uploads and pictures.
const sweepEvery = 10 * time.Minute

// worker is the durable work of a node and the ways into it.
type worker struct {
	vault  *accounts.Vault
	outbox *accounts.Outbox // of codes
	post   *messages.Post
	data   *exports.Service
	queue  *jobs.Dashboard
}

// startTasks begins to work at tasks. Every kind there is, is named here.
func (n *node) startTasks(
	ctx context.Context, db database, pictures *gallery, limiter persistence.Limiter, bus *hints.Bus, tunables *config.Tunables, registry prometheus.Registerer,
) (*worker, error) {
	keys, err := n.settings.PhoneKeys()
	if err != nil {
		return nil, err
	}
	vault, err := accounts.NewVault(keys)
	if err != nil {
		return nil, fmt.Errorf("phone.key: %w", err)
	}
	w := &worker{vault: vault, outbox: accounts.NewOutbox(vault, enqueueCode(db, time.Now))}
	if w.post, err = n.openPost(vault, limiter); err != nil {
		return nil, err
	}
	if w.data, err = n.openExports(db, pictures, w, bus); err != nil {
		return nil, err
	}
	if w.queue, err = db.Dashboard(admin.QueuePath, n.logger); err != nil {
		return nil, err
	}
	n.onStop("dashboard of the queue", func(context.Context) error {
		w.queue.Close()
		return nil
	})
	handlers := tasks.NewHandlers()
	provider, err := n.textSender()
	if err != nil {
		return nil, err
	}
	p := &pruner{store: db, now: time.Now, rules: tunables.Rules}
	e := &eraser{store: db, now: time.Now}
	err = errors.Join(
		tasks.Handle(handlers, eraseKind(), func(ctx context.Context, _ *tasks.Run, args eraseArgs) (any, error) {
			return nil, e.erase(ctx, args)
		}),
		tasks.Handle(handlers, codeKind(), func(ctx context.Context, _ *tasks.Run, args codeArgs) (any, error) {
			return nil, deliverCode(ctx, w.outbox, args, provider)
		}),
		tasks.Handle(handlers, messages.LetterKind(), w.post.Deliver),
		tasks.Handle(handlers, exports.Kind(), w.data.Make),
		pictures.handle(handlers),
		tasks.Handle(handlers, figuresKind(), pictures.handleFigures),
		tasks.Handle(handlers, pruneKind(), func(ctx context.Context, _ *tasks.Run, _ struct{}) (any, error) {
			return nil, p.turn(ctx)
		}),
	)
	if err != nil {
		return nil, err
	}
	_, embedded := n.settings.SQLitePath()
	runner, err := tasks.Start(ctx, tasks.Options{
		Store: mortal[persistence.Tasks](db, mortalQueue{db}), Engine: db, Handlers: handlers, Alone: embedded,
		Zone: func() *time.Location { return tunables.Rules().Zone },
		Schedules: append(pictures.figuresSchedule(), []tasks.Schedule{{
			Name: "prune", Turns: tasks.Every(pruneEvery),
			Task: func() (persistence.Task, error) { return pruneKind().New(struct{}{}) },
		}, {
			Name: "sweep", Turns: tasks.Every(sweepEvery),
			Task: func() (persistence.Task, error) { return uploads.SweepKind().New(struct{}{}) },
		}}...),
		Limits: n.taskLimits(), Now: sabotage.Now, Logger: n.logger, Registerer: registry,
	})
	if err != nil {
		return nil, err
	}
	n.onStop("tasks", runner.Stop)
	return w, n.showFigures(ctx, db, pictures, registry)
}

func (n *node) taskLimits() map[tasks.Queue]int {
	s := &n.settings.Tasks
	return map[tasks.Queue]int{
		tasks.Uploads: s.Uploads, tasks.Messages: s.Messages, tasks.Reports: s.Reports, tasks.CDN: s.CDN,
	}
}
