// Package live shows people how a run goes while it goes: on a terminal a
// progress bar and the figures under it, redrawn in place; elsewhere a line now
// and then.
//
// It reads a measure.Recorder and writes to one stream. It decides nothing and
// knows nothing of what is measured.
package live

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// Options say what is shown and where.
type Options struct {
	Out io.Writer
	// Terminal: Out is a terminal that understands ANSI codes; nothing else may
	// write to it while Run does.
	Terminal bool
	// Width gives how many columns the terminal has now; nil: Out is asked, and has 80
	// if it does not know.
	Width func() int
	// Recorder is watched; nil while there is nothing to measure.
	Recorder *measure.Recorder
	// Phase names what goes on, in few words: "warm-up", "settle 312/1000".
	Phase func() string
	// Total is how long the load is to last, warm-up included.
	Total time.Duration
	// Every is the time between two frames; 0: 250 ms on a terminal, 5 s elsewhere.
	Every time.Duration
}

// Run shows the run until ctx ends. It then leaves a terminal as it found it, so
// that what follows is written where the frame began; elsewhere it writes a last line.
func Run(ctx context.Context, opts Options) {
	every := opts.Every
	if every <= 0 {
		every = 5 * time.Second
		if opts.Terminal {
			every = 250 * time.Millisecond
		}
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	v := view{opts: opts}
	if opts.Terminal {
		v.draw()
	}
	for {
		select {
		case <-ctx.Done():
			v.end()
			return
		case <-tick.C:
			v.draw()
		}
	}
}

// IsTerminal tells whether w is a terminal on which Run can draw.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// view is what stands on the screen.
type view struct {
	opts  Options
	lines int // of the frame that is shown
}

func (v *view) draw() {
	s := v.snapshot()
	if !v.opts.Terminal {
		fmt.Fprintln(v.opts.Out, line(v.opts.Phase(), &s))
		return
	}
	// One write a frame: a terminal that shows half of one flickers.
	lines := frame(v.opts.Phase(), &s, v.opts.Total, v.width())
	fmt.Fprint(v.opts.Out, v.rewound(), strings.Join(lines, "\n"))
	v.lines = len(lines)
}

func (v *view) end() {
	if v.opts.Terminal {
		fmt.Fprint(v.opts.Out, v.rewound())
		return
	}
	v.draw()
}

// rewound goes back to where the frame began and clears what stands from there on.
func (v *view) rewound() string {
	if v.lines == 0 {
		return ""
	}
	up := ""
	if v.lines > 1 {
		up = fmt.Sprintf("\x1b[%dA", v.lines-1)
	}
	return "\r" + up + "\x1b[J"
}

func (v *view) snapshot() measure.Snapshot {
	if v.opts.Recorder == nil {
		return measure.Snapshot{}
	}
	return v.opts.Recorder.Snapshot()
}

// defaultWidth is that of a terminal that does not tell.
const defaultWidth = 80

func (v *view) width() int {
	if v.opts.Width != nil {
		return v.opts.Width()
	}
	if f, ok := v.opts.Out.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return defaultWidth
}
