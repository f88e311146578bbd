package actors

import (
	"context"
	"slices"
)

// page reads one page of candidates into the buffer.
func (u *user) page(ctx context.Context, h *hand) error {
	d := &u.deck
	size := nextPage
	if h.pages == 0 {
		size = firstPage
		h.origin = d.after
		u.saveCursor(ctx) // the buffer is nearly used up: a good moment
	}
	ids, err := u.world.Store.Candidates(ctx, h.wanted, d.after, size)
	if err != nil {
		return err
	}
	h.pages++
	for _, id := range ids {
		if h.wrapped && id > h.origin {
			d.after, h.roundIsDone = h.origin, true
			return nil
		}
		d.after = id
		if id != u.id && (u.swiped == nil || !u.swiped.has(id)) && !slices.Contains(d.buffer, id) {
			d.buffer = append(d.buffer, id)
		}
	}
	if len(ids) == size {
		return nil
	}
	// The end of the town: go on at its beginning, once a deal.
	if h.wrapped || h.origin == 0 {
		d.after, h.roundIsDone = h.origin, true
		return nil
	}
	d.after, h.wrapped = 0, true
	return nil
}

// saveCursor remembers the place if it has moved since. A place that is lost
// costs a few cards seen later; it fails nothing.
func (u *user) saveCursor(ctx context.Context) {
	place := u.deck.place()
	if !u.deck.ready || place == u.deck.saved {
		return
	}
	if err := u.world.Store.SaveDeckCursor(ctx, u.id, u.deck.digest, place); err != nil {
		u.failed(ctx, "save deck cursor", err)
		return
	}
	u.deck.saved = place
}
