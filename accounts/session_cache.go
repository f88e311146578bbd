package accounts

import (
	"sync"
	"time"
)

const (
	maxCached = 200_000 // sessions, some 100 bytes each
	// freshFor is how long a reading is good by itself.
	freshFor = time.Second
	// trustFor is how long a reading is good while all that ended would have been heard of.
	trustFor = 30 * time.Second
)

// sessionCache remembers which sessions stood lately. It spares readings and
// refuses nobody: whoever is not in it is looked up.
type sessionCache struct {
	mu   sync.Mutex
	read map[string]reading
	// changes counts what may make a reading in flight stale.
	changes uint64
	// gaps counts the times when something that ended may have been missed.
	gaps uint64
	// hearing is until when news is held to arrive.
	hearing time.Time
}

type reading struct {
	at, until time.Time
	gaps      uint64
}

func newSessionCache() *sessionCache { return &sessionCache{read: map[string]reading{}} }

// stands tells whether a session is known to stand at now.
func (c *sessionCache) stands(id string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.read[id]
	if !ok || !now.Before(r.until) {
		return false
	}
	return now.Before(r.at.Add(freshFor)) || (r.gaps == c.gaps && now.Before(c.hearing))
}

// begin is called before a session is read, to tell keep how old the reading is.
func (c *sessionCache) begin() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
}

// keep remembers that a session stood, unless anything has ended since begin.
func (c *sessionCache) keep(id string, begun uint64, now, expires time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != begun {
		return
	}
	if len(c.read) >= maxCached {
		for any := range c.read { // whichever: it is only read again
			delete(c.read, any)
			break
		}
	}
	until := now.Add(trustFor)
	if expires.Before(until) {
		until = expires
	}
	c.read[id] = reading{at: now, until: until, gaps: c.gaps}
}

// forget drops sessions that have ended.
func (c *sessionCache) forget(ids ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for _, id := range ids {
		delete(c.read, id)
	}
}

// heard tells that news arrives until the given time, and whether some may have been missed before.
func (c *sessionCache) heard(until time.Time, missed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hearing = until
	if missed {
		c.changes++
		c.gaps++
	}
}
