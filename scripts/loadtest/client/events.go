package client

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// eventsPage is how many events are asked for at a time, the most there may be.
const eventsPage = 100

// Feed is how far a user has read their events: all of them so far, and the
// place to go on from. The zero Feed has read none. It is for one goroutine at a time.
type Feed struct {
	Events []checker.Event
	next   string
	end    bool
}

// Forget drops the events read so far but keeps the place.
func (f *Feed) Forget() { f.Events = nil }

// Place gives where to go on from, for whoever else reads or listens.
func (f *Feed) Place() string {
	if f.next == "" {
		return "0"
	}
	return f.next
}

// AtEnd tells whether the latest page was the last.
func (f *Feed) AtEnd() bool { return f.end }

// ReadEvents reads the next page into f.
func (c *Client) ReadEvents(how How, uid social.UserID, f *Feed) Answer {
	var got struct {
		Events []struct {
			ID   json.RawMessage `json:"id"`
			Kind string          `json:"kind"`
			Data struct {
				UserID social.UserID `json:"user_id"`
			} `json:"data"`
		} `json:"events"`
		Next json.RawMessage `json:"next"`
	}
	a := c.read(&how, "events", uid, "/v1/events?limit="+itoa(eventsPage)+"&after="+url.QueryEscape(f.Place()), &got)
	if !a.OK() {
		return a
	}
	for _, e := range got.Events {
		f.Events = append(f.Events, checker.Event{ID: plain(e.ID), Kind: e.Kind, Other: e.Data.UserID})
	}
	f.end = len(got.Events) < eventsPage
	f.next = plain(got.Next)
	return a
}

// plain gives a JSON string or number as text.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(raw))
}

// Events reads what is left of uid's events into f and notes all of them in the
// history, once nothing new comes.
func (c *Client) Events(how How, uid social.UserID, f *Feed) Answer {
	call := c.Clock()
	for range maxPages {
		a := c.ReadEvents(how, uid, f)
		if !a.OK() {
			return a
		}
		if f.AtEnd() {
			a.call = call
			return c.seen(&how, a, checker.Op{Kind: checker.Events, UID: uid, Events: f.Events})
		}
	}
	return Answer{Outcome: outcomeUnreadable, Status: http.StatusOK, code: checker.Unknown}
}
