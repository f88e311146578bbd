package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"riverqueue.com/riverui"
)

// Dashboard shows the queue in a browser: River's own pages, whose paths begin
// with a prefix. What it reads in the background it reads from the first request on.
type Dashboard struct {
	handler *riverui.Handler
	ctx     context.Context // of what is read in the background
	cancel  context.CancelFunc

	starting sync.Mutex
	started  bool
	closed   bool
}

// Dashboard gives the pages, under prefix ("/queue"). Whoever serves them lets
// only those requests through that change nothing: a job changed past its task is
// found out late.
func (q *Queue[Tx]) Dashboard(prefix string, logger *slog.Logger) (*Dashboard, error) {
	handler, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: riverui.NewEndpoints(q.client, nil), Logger: quiet(logger), Prefix: prefix,
	})
	if err != nil {
		return nil, fmt.Errorf("dashboard of the queue: %w", err)
	}
	d := &Dashboard{handler: handler}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d, nil
}

// ServeHTTP implements http.Handler.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := d.start(); err != nil {
		http.Error(w, "The dashboard cannot be shown right now.", http.StatusServiceUnavailable)
		return
	}
	d.handler.ServeHTTP(w, r)
}

func (d *Dashboard) start() error {
	d.starting.Lock()
	defer d.starting.Unlock()
	if d.closed {
		return context.Canceled
	}
	if d.started {
		return nil
	}
	err := d.handler.Start(d.ctx)
	d.started = err == nil
	return err
}

// Close ends what is read in the background.
func (d *Dashboard) Close() {
	d.starting.Lock()
	defer d.starting.Unlock()
	d.closed = true
	d.cancel()
}
