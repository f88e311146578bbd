package nodetls

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"
)

// settled is how old a file must be for its time of change to tell it from a
// later version.
const settled = 2 * time.Second

// stamp tells versions of a file apart without reading it.
type stamp struct {
	info  os.FileInfo // nil: there is none
	fresh bool        // changed so recently that it may change again unseen
}

func (o Options) stamps() (out [3]stamp) {
	now := o.Now()
	for i, path := range []string{o.CA, o.Cert, o.Key} {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		age := now.Sub(info.ModTime())
		out[i] = stamp{info, age.Abs() < settled}
	}
	return out
}

func (s stamp) same(t stamp) bool {
	if s.info == nil || t.info == nil {
		return s.info == t.info
	}
	return !s.fresh && os.SameFile(s.info, t.info) && s.info.Size() == t.info.Size() && s.info.ModTime().Equal(t.info.ModTime())
}

// Look reads the files again if they have changed, at most once a second, and
// warns of an end that is near. Every handshake does it.
func (c *Credentials) Look(ctx context.Context) {
	// Whoever comes while another looks goes on with what there is: a file
	// system that hangs is to hold up one connection, not all.
	if c.looking.TryLock() {
		defer c.looking.Unlock()
		c.look(ctx, c.opts.Now())
	}
}

func (c *Credentials) look(ctx context.Context, now time.Time) {
	if since := now.Sub(c.looked); since >= 0 && since < lookEvery {
		return
	}
	c.looked = now
	stamps, changed := c.opts.stamps(), false
	for i := range stamps {
		changed = changed || !c.stamps[i].same(stamps[i])
	}
	c.stamps = stamps
	if changed {
		c.replace(ctx)
	}
	c.warn(ctx, now)
}

// replace takes the new files if they are good, all three together.
func (c *Credentials) replace(ctx context.Context) {
	before := c.current.Load().sum
	log := c.opts.Logger
	err := c.reload()
	switch {
	case err == nil:
		c.broken = ""
		if id := c.current.Load(); id.sum != before {
			c.warned = time.Time{}
			log.LogAttrs(ctx, slog.LevelInfo, "the certificates between nodes are replaced",
				slog.String("serial", id.pair.Leaf.SerialNumber.Text(16)), slog.Time("good_until", id.until))
		}
	case err.Error() != c.broken:
		c.broken = err.Error()
		log.LogAttrs(ctx, slog.LevelWarn, "new certificates between nodes are not taken, the old ones stay in use", slog.Any("error", err))
	}
}

// reload reads the files and takes them, or tells what is wrong with them.
func (c *Credentials) reload() error {
	files, errs := read(c.opts)
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if cur := c.current.Load(); cur != nil && files.sum() == cur.sum {
		return nil
	}
	id, errs := c.opts.parse(files)
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	c.current.Store(c.opts.newEnds(id))
	return nil
}

// warn tells of the certificate's end once a day while it is near or past.
func (c *Credentials) warn(ctx context.Context, now time.Time) {
	until := c.current.Load().until
	if until.Sub(now) > warnBefore || (!c.warned.IsZero() && now.Sub(c.warned) < warnEvery) {
		return
	}
	c.warned = now
	attrs := []slog.Attr{slog.String("file", c.opts.Cert), slog.Time("good_until", until)}
	if now.After(until) {
		c.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "this node's certificate has expired: other nodes refuse it", attrs...)
		return
	}
	c.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "this node's certificate expires soon", attrs...)
}

// sometimes lets one of many through every ten seconds and counts the others.
// What is trivial it does neither.
type sometimes struct {
	mu      sync.Mutex
	last    time.Time
	skipped int
}

func (s *sometimes) next(now time.Time, trivial bool) (skipped int, ok bool) {
	if trivial {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if since := now.Sub(s.last); since >= 0 && since < 10*time.Second {
		s.skipped++
		return 0, false
	}
	skipped, s.skipped, s.last = s.skipped, 0, now
	return skipped, true
}
