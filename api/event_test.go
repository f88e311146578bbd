package api_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// happened makes n events of ada, whose ids do not ascend.
func happened(n int) []persistence.Event {
	out := make([]persistence.Event, n)
	for i := range out {
		out[i] = persistence.Event{
			Event: social.Event{
				ID: int64(1000 - i), UID: ada, Kind: social.EventMatch, Other: bob + social.UserID(i), Time: noon.Add(time.Duration(i) * time.Second),
			},
			Cursor: persistence.EventCursor{Major: int64(1 + i/3), Minor: int64(i % 3)},
		}
	}
	return out
}

type eventsPage struct {
	Events []struct {
		ID   int64
		Kind string
		Time time.Time
		Data struct {
			UserID social.UserID `json:"user_id"`
		}
	}
	Next string
}

func (b *bundle) eventsAfter(t *testing.T, after string, limit int) eventsPage {
	t.Helper()
	a := b.call(t, ada, "GET", fmt.Sprintf("/v1/events?after=%s&limit=%d", after, limit), "")
	require.Equal(t, 200, a.StatusCode, "%s", a.body)
	var page eventsPage
	require.NoError(t, json.Unmarshal(a.body, &page))
	return page
}

func TestEventsAreCaughtUpWith(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := happened(25)
	for _, limit := range []int{1, 5, 7, 24, 25, 26, 100} {
		b.fake.events = all[:20]
		var got []int64
		after := "0"
		catchUp := func() {
			for {
				page := b.eventsAfter(t, after, limit)
				require.LessOrEqual(t, len(page.Events), limit)
				if len(page.Events) == 0 {
					require.Equal(t, after, page.Next, "nothing new: the same place")
					return
				}
				for _, e := range page.Events {
					got = append(got, e.ID)
				}
				after = page.Next
			}
		}
		catchUp()
		require.Len(t, got, 20)
		b.fake.events = all
		catchUp()
		require.Len(t, got, 25, "what came later is behind the same cursor")
		for i := range all {
			require.Equal(t, all[i].ID, got[i])
		}
	}
	require.Len(t, b.call(t, ada, "GET", "/v1/events", "").json(t)["events"], 20, "from the start, 20 unless told")
}

func TestEventsSayWhatHappened(t *testing.T) {
	t.Parallel()
	b := setup(t)
	docs := []contract{loadContract(t, b), loadDocument(t, b, "/openapi-3.0.json")}
	b.fake.events = happened(2)
	b.fake.events[1].Kind = social.EventUnmatched
	b.fake.events = append(b.fake.events,
		persistence.Event{
			Event:  social.Event{ID: 7, UID: ada, Kind: "task_done", Data: json.RawMessage(`{"task_id": "<a>", "n": [1, 2]}`), Time: noon},
			Cursor: persistence.EventCursor{Major: 9},
		},
		persistence.Event{Event: social.Event{ID: 8, UID: ada, Kind: "hello", Time: noon}, Cursor: persistence.EventCursor{Major: 10}})
	req := b.request(t, ada, "GET", "/v1/events", "")
	a := b.send(t, req)
	for _, doc := range docs {
		doc.require(t, req, a)
	}
	events, err := json.Marshal(a.json(t)["events"])
	require.NoError(t, err)
	require.JSONEq(t, `[
		{"id":1000,"kind":"match","time":"2026-11-22T12:00:00Z","data":{"user_id":2}},
		{"id":999,"kind":"unmatched","time":"2026-11-22T12:00:01Z","data":{"user_id":3}},
		{"id":7,"kind":"task_done","time":"2026-11-22T12:00:00Z","data":{"task_id":"<a>","n":[1,2]}},
		{"id":8,"kind":"hello","time":"2026-11-22T12:00:00Z","data":{}}]`, string(events))
	require.NotContains(t, string(a.body), "<a>", "no markup for a browser")
}

// A place among the events is good for its user and for this list.
func TestForeignEventCursors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.events, b.fake.friends = happened(3), 5
	next := b.eventsAfter(t, "0", 2).Next
	friends, ok := b.call(t, ada, "GET", "/v1/friends?limit=2", "").json(t)["next_cursor"].(string)
	require.True(t, ok)
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/events?after="+next, "").StatusCode)
	b.call(t, bob, "GET", "/v1/events?after="+next, "").requireProblem(t, 400, social.CodeInvalidRequest)
	b.call(t, ada, "GET", "/v1/friends?cursor="+next, "").requireProblem(t, 400, social.CodeInvalidRequest)
	for _, after := range []string{friends, "1", "00", "-1", "0x", next + "A", next[1:], "%00"} {
		b.call(t, ada, "GET", "/v1/events?after="+after, "").requireProblem(t, 400, social.CodeInvalidRequest)
	}
	b.call(t, ada, "GET", "/v1/events?after=", "").requireProblem(t, 400, social.CodeInvalidRequest)
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "after=" + fmt.Sprintf("%0101d", 0)} {
		b.call(t, ada, "GET", "/v1/events?"+query, "").requireProblem(t, 422, social.CodeInvalidRequest)
	}
	b.call(t, nobody, "GET", "/v1/events", "").requireProblem(t, 401, social.CodeUnauthenticated)
	b.call(t, 0, "GET", "/v1/events", "").requireProblem(t, 401, social.CodeUnauthenticated)
}
