package realtime

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/centrifugal/centrifuge"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// conn is a client's connection.
type conn struct {
	transport string
	token     string // said in the request; until it is connected

	// The goroutine that reads commands has these.
	allowance float64
	commanded time.Time

	// Set when it is connected.
	uid     social.UserID
	channel string
	client  *centrifuge.Client
	pass    atomic.Pointer[accounts.Pass]

	at persistence.EventCursor // the worker's that has it

	mu      sync.Mutex
	waiting work // what is to be done
	held    bool // in the queue, or with a worker
	owed    int  // events that hints told of and that were not found so far
	tries   int  // looks in vain since
	likes   int
	supers  int
	later   bool // likes will be pushed in a moment
}

type connKey struct{}

func with(ctx context.Context, c *conn) context.Context { return context.WithValue(ctx, connKey{}, c) }

// of gives the connection that a request became; nil for contexts of others.
func of(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// registry finds connections by user and by session.
type registry struct {
	mu       sync.RWMutex
	users    map[social.UserID][]*conn // oldest first
	sessions map[string][]*conn
	total    int
}

func newRegistry() registry {
	return registry{users: map[social.UserID][]*conn{}, sessions: map[string][]*conn{}}
}

// add gives the connection that has to give way, if any.
func (r *registry) add(c *conn) (oldest *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	mine := append(r.users[c.uid], c)
	r.users[c.uid] = mine
	r.total++
	if id := c.pass.Load().Session; id != "" {
		r.sessions[id] = append(r.sessions[id], c)
	}
	if len(mine) > maxOfUser {
		return mine[len(mine)-maxOfUser-1]
	}
	return nil
}

func (r *registry) remove(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.users[c.uid])
	without(r.users, c.uid, c)
	r.total -= before - len(r.users[c.uid])
	without(r.sessions, c.pass.Load().Session, c)
}

// move puts a connection under another session.
func (r *registry) move(c *conn, from, to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from == to {
		return
	}
	without(r.sessions, from, c)
	if to != "" && slices.Contains(r.users[c.uid], c) {
		r.sessions[to] = append(r.sessions[to], c)
	}
}

// without takes c out of a list; the lists that were given away stay as they are.
func without[K comparable](lists map[K][]*conn, key K, c *conn) {
	var left []*conn
	for _, other := range lists[key] {
		if other != c {
			left = append(left, other)
		}
	}
	if len(left) == 0 {
		delete(lists, key)
		return
	}
	lists[key] = left
}

// ofUser gives a user's connections; the list is not to be changed.
func (r *registry) ofUser(uid social.UserID) []*conn {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.users[uid]
}

func (r *registry) ofSession(id string) []*conn {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.sessions[id]
}

func (r *registry) all() []*conn {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]*conn, 0, r.total)
	for _, list := range r.users {
		out = append(out, list...)
	}
	return out
}

func (r *registry) count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.total
}
