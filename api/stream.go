package api

import (
	"encoding/json"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// EventCodec writes events for whoever pushes them, as GET /v1/events does, and
// reads the cursors that it gives.
type EventCodec struct{ cursors cursors }

// NewEventCodec makes a codec; cursorKey is that of Options.
func NewEventCodec(cursorKey []byte) EventCodec { return EventCodec{cursors{cursorKey}} }

// Place gives the place of a cursor of uid's events; "0" is the start.
// CodeInvalidRequest for one that this list never gave.
func (c EventCodec) Place(uid social.UserID, after string) (persistence.EventCursor, error) {
	if after == fromTheStart {
		return persistence.EventCursor{}, nil
	}
	at, err := c.cursors.decode(eventList, uid, after)
	return persistence.EventCursor{Major: at[0], Minor: at[1]}, err
}

// Cursor gives the cursor of a place in uid's events.
func (c EventCodec) Cursor(uid social.UserID, at persistence.EventCursor) string {
	if at == (persistence.EventCursor{}) {
		return fromTheStart
	}
	return c.cursors.encode(eventList, uid, place{at.Major, at.Minor})
}

// Encode gives an event as JSON: what GET /v1/events has in its list, and next,
// the cursor behind it.
func (c EventCodec) Encode(e *persistence.Event) ([]byte, error) {
	data, err := dataOf(&e.Event)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		event
		Next string `json:"next"`
	}{event{ID: e.ID, Kind: string(e.Kind), Time: e.Time.UTC(), Data: data}, c.Cursor(e.UID, e.Cursor)})
}
