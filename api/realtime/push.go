package realtime

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/centrifugal/centrifuge"

	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/social"
)

// An event may be told of before it can be read: it stands behind transactions that
// are still open. It is looked for again, sooner first, until the rounds find it.
const (
	firstRetry = 4 * time.Millisecond
	maxTries   = 9 // about 2 s
	// nextPage is the time between full pages: a client that comes back after long
	// gets what it missed as fast as it can read.
	nextPage = 20 * time.Millisecond
)

// push does what is to be done for c, which this worker has.
func (s *Server) push(ctx context.Context, c *conn) {
	w := c.take()
	if w&verify != 0 && !s.stands(ctx, c) {
		return
	}
	if w&tell != 0 {
		s.tellGathered(c)
	}
	if w&look != 0 {
		s.lookFor(ctx, c)
	}
}

// stands cuts c if its session has ended, or its user.
func (s *Server) stands(ctx context.Context, c *conn) bool {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	pass := c.pass.Load()
	err := s.Accounts.Stands(ctx, *pass)
	if err == nil && pass.Session == "" { // no session ends with its user
		_, err = s.Store.User(ctx, c.uid)
	}
	switch social.CodeOf(err) {
	case social.CodeUnauthenticated, social.CodeUserNotFound:
		c.client.Disconnect(centrifuge.DisconnectInvalidToken)
		return false
	default:
		return true // nobody is cut because the database is away
	}
}

// lookFor pushes the events behind c's cursor.
func (s *Server) lookFor(ctx context.Context, c *conn) {
	reading, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	page, err := s.Store.EventsSince(reading, c.uid, c.at, pageSize)
	if err != nil {
		if ctx.Err() == nil {
			s.Logger.LogAttrs(ctx, slog.LevelDebug, "events not read", slog.Int64("uid", int64(c.uid)), slog.Any("error", err))
		}
		s.again(c, 0)
		return
	}
	for i := range page {
		e := &page[i]
		data, err := s.Codec.Encode(e)
		if err == nil && sabotage.Strikes(sabotage.PushDoubled, 20) {
			err = c.write(data)
		}
		if err == nil && !sabotage.Strikes(sabotage.PushDropped, 20) {
			err = c.write(data)
		}
		if err != nil {
			return // it is being cut, and comes back with the cursor it has
		}
		c.at = e.Cursor
		s.metrics.pushed(string(e.Kind), time.Since(e.Time))
	}
	if len(page) == pageSize {
		time.AfterFunc(nextPage, func() { s.due.add(c, look) })
	}
	s.again(c, len(page))
}

// again has c looked after once more if hints told of more than was found.
func (s *Server) again(c *conn, found int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owed = max(0, c.owed-found)
	if c.owed == 0 || c.tries >= maxTries {
		c.owed, c.tries = 0, 0
		return
	}
	wait := firstRetry << c.tries
	c.tries++
	time.AfterFunc(wait, func() { s.due.add(c, look) })
}

// gathered is a push that tells of no event.
type gathered struct {
	Kind social.EventKind `json:"kind"`
	Data any              `json:"data"`
}

type counted struct {
	Count int `json:"count"`
}

// tellGathered pushes that there were likes.
func (s *Server) tellGathered(c *conn) {
	c.mu.Lock()
	likes, supers := c.likes, c.supers
	c.likes, c.supers, c.later = 0, 0, false
	c.mu.Unlock()
	var all []gathered
	if likes > 0 {
		all = append(all, gathered{social.HintLiked, counted{likes}})
	}
	if supers > 0 {
		all = append(all, gathered{social.HintSuperliked, counted{supers}})
	}
	for _, g := range all {
		data, err := json.Marshal(g)
		if err != nil || c.write(data) != nil {
			return
		}
		s.metrics.pushes.WithLabelValues(string(g.Kind)).Inc()
	}
}

// write queues a push. It fails when the connection is over.
func (c *conn) write(data []byte) error {
	return c.client.WritePublication(c.channel, &centrifuge.Publication{Data: data}, centrifuge.StreamPosition{})
}
