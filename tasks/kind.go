package tasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Queue names whose workers take a task. Queues do not wait for each other.
type Queue string

// The queues.
const (
	Uploads  Queue = "uploads"  // pictures: memory and bandwidth
	Videos   Queue = "videos"   // a core each, for many seconds
	Messages Queue = "messages" // to people's phones and mailboxes: they wait for it
	Reports  Queue = "reports"  // exports, erasures: long
	CDN      Queue = "cdn"      // what the network before us is told
	Upkeep   Queue = "upkeep"   // the house's own
)

// DefaultLimits tells how many tasks of each queue a node works at by default.
func DefaultLimits() map[Queue]int {
	return map[Queue]int{Uploads: 4, Videos: 1, Messages: 32, Reports: 2, CDN: 4, Upkeep: 2}
}

const (
	defaultAttempts = 10
	defaultTimeout  = time.Minute
)

// Kind describes a kind of task whose arguments are A, a struct that JSON can carry.
type Kind[A any] struct {
	// Name is how everybody knows it, for ever: letters, digits, dots and dashes.
	Name  string
	Queue Queue
	// MaxAttempts is how often it is tried, 1 to 100; 0: 10, which takes a quarter of an hour.
	MaxAttempts int
	// Timeout bounds an attempt; 0: 1 min.
	Timeout time.Duration
	// Secret arguments are deleted with the task's end, whichever it is. They are
	// stored as they are given: seal them.
	Secret bool
	// AtMostOnce never repeats what may have been done: a task whose worker died,
	// or which ran out of time, has failed.
	AtMostOnce bool
}

// New makes a task with these arguments, for a store to enqueue. Owner, Unique,
// Once and RunAt are the caller's to set.
func (k Kind[A]) New(args A) (persistence.Task, error) {
	data, err := json.Marshal(args)
	if err != nil {
		return persistence.Task{}, fmt.Errorf("arguments of %s: %w", k.Name, err)
	}
	if len(data) > persistence.MaxTaskArgs {
		return persistence.Task{}, &social.Error{
			Code: social.CodeInvalidRequest, Message: "This is too much for one task.",
			Cause: fmt.Errorf("arguments of %s: %d bytes, at most %d are kept", k.Name, len(data), persistence.MaxTaskArgs),
		}
	}
	attempts := k.MaxAttempts
	if attempts == 0 {
		attempts = defaultAttempts
	}
	return persistence.Task{Kind: k.Name, Queue: string(k.Queue), Args: data, Secret: k.Secret, MaxAttempts: attempts}, nil
}

// Run is one attempt at a task, as the one who works at it sees it.
type Run struct {
	ID      persistence.TaskID
	Owner   social.UserID // 0: nobody's
	Attempt int           // from 1
	// Final tells that the task has failed if this attempt does.
	Final bool

	progress func(ctx context.Context, percent int) // nil, as in tests of handlers: shown to nobody
	shown    int
}

// Progress shows how far it is, 0 to 100 percent. It never goes back, and it
// costs a write for each percent: say it at steps that matter. It is for one
// goroutine.
func (r *Run) Progress(ctx context.Context, percent int) {
	if percent = min(percent, 100); percent > r.shown && r.progress != nil {
		r.shown = percent
		r.progress(ctx, percent)
	}
}

// handler does what is to be done for a kind.
type handler struct {
	queue      Queue
	timeout    time.Duration
	atMostOnce bool
	do         func(ctx context.Context, run *Run, args []byte) (any, error)
}

// Handlers are the kinds that this process works at.
type Handlers struct{ byKind map[string]handler }

// NewHandlers gives an empty set.
func NewHandlers() *Handlers { return &Handlers{map[string]handler{}} }

// River's rules for names are wider.
var kindName = regexp.MustCompile(`^[a-z][a-z0-9]*([.-][a-z0-9]+)*$`)

// Handle says what is done for a kind. do gives the task's result, which becomes
// a JSON object of at most 64 KiB (nil: none), or an error: one made by Permanent ends the task, any other is
// followed by another attempt. Its message goes to the task's owner if it is a
// *social.Error.
func Handle[A any](h *Handlers, k Kind[A], do func(ctx context.Context, run *Run, args A) (any, error)) error {
	if !kindName.MatchString(k.Name) {
		return fmt.Errorf("tasks: %q is no name for a kind", k.Name)
	}
	if _, there := h.byKind[k.Name]; there {
		return fmt.Errorf("tasks: kind %s is handled already", k.Name)
	}
	if _, known := DefaultLimits()[k.Queue]; !known {
		return fmt.Errorf("tasks: kind %s has queue %q, which nobody works at", k.Name, k.Queue)
	}
	timeout := k.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	h.byKind[k.Name] = handler{
		queue: k.Queue, timeout: timeout, atMostOnce: k.AtMostOnce,
		do: func(ctx context.Context, run *Run, data []byte) (any, error) {
			var args A
			if err := json.Unmarshal(data, &args); err != nil {
				return nil, Permanent(fmt.Errorf("arguments of %s: %w", k.Name, err))
			}
			return do(ctx, run, args)
		},
	}
	return nil
}

// permanentError is a failure that no repetition mends.
type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks a failure that no repetition mends; nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent tells whether Permanent marked err.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}
