// Package ending is how the commands end that set something up and judge it: by
// which exit status, and what happens on Ctrl-C.
//
// It knows neither what is set up nor how it is judged.
package ending

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/swiperhq/swiper/internal/checker"
)

// Exit statuses.
const (
	Clean       = 0
	Broken      = 1
	Void        = 2
	CannotRun   = 3
	Interrupted = 130
)

// StatusOf gives the exit status for a verdict.
func StatusOf(o checker.Outcome) int {
	switch o {
	case checker.Clean:
		return Clean
	case checker.Broken:
		return Broken
	case checker.Void:
		return Void
	}
	return Void
}

// Haste is what must not be left behind even when there is no time to end properly.
type Haste struct {
	mu    sync.Mutex
	leave []func()
}

// On adds to it.
func (h *Haste) On(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leave = append(h.leave, f)
}

// Abandon does all of it.
func (h *Haste) Abandon() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.leave {
		f()
	}
}

// Run runs a program with a context that ends on Ctrl-C or SIGTERM and gives its
// exit status. At a second signal it does what is left in haste, and calls exit.
func Run(run func(ctx context.Context, haste *Haste) int, exit func(int)) int {
	haste := &Haste{}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		haste.Abandon()
		exit(Interrupted)
	}()
	return run(ctx, haste)
}
