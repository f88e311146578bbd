package realtime

import (
	"context"
	"iter"
	"sync"
)

// work is what is to be done for a connection; values are joined.
type work uint8

const (
	look   work = 1 << iota // read and push what stands behind its cursor
	verify                  // ask whether its session stands
	tell                    // push the likes and tasks that have gathered
)

// queue is the connections that something is to be done for, each once: it never
// has more of them than there are connections, and no two workers have the same.
type queue struct {
	mu    sync.Mutex
	conns []*conn
	ready chan struct{} // as many as may be needed to wake a worker
}

func newQueue() queue { return queue{ready: make(chan struct{}, 1)} }

// add has w done for c, once more if it is just being done.
func (q *queue) add(c *conn, w work) {
	c.mu.Lock()
	c.waiting |= w
	held := c.held
	c.held = true
	c.mu.Unlock()
	if !held {
		q.put(c)
	}
}

func (q *queue) put(c *conn) {
	q.mu.Lock()
	q.conns = append(q.conns, c)
	q.mu.Unlock()
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take gives what is to be done for c, which the worker has.
func (c *conn) take() work {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.waiting
	c.waiting = 0
	return w
}

// done gives c back, to the end of the queue if there is more to do.
func (q *queue) done(c *conn) {
	c.mu.Lock()
	c.held = c.waiting != 0
	again := c.held
	c.mu.Unlock()
	if again {
		q.put(c)
	}
}

// all gives connections to a worker until ctx ends.
func (q *queue) all(ctx context.Context) iter.Seq[*conn] {
	return func(yield func(*conn) bool) {
		for ctx.Err() == nil {
			c, more := q.pop()
			if more {
				q.wake() // another worker
			}
			if c == nil {
				select {
				case <-ctx.Done():
				case <-q.ready:
				}
				continue
			}
			if !yield(c) {
				return
			}
			q.done(c)
		}
	}
}

func (q *queue) pop() (c *conn, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.conns) == 0 {
		return nil, false
	}
	c = q.conns[0]
	q.conns[0] = nil
	q.conns = q.conns[1:]
	if len(q.conns) == 0 {
		q.conns = nil
	}
	return c, len(q.conns) > 0
}
