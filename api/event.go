package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/swiperhq/swiper/social"
)

const (
	eventList = "events"
	// fromTheStart is the one cursor that clients may make up.
	fromTheStart = "0"
)

type eventsInput struct {
	After string `query:"after" default:"0" maxLength:"100" doc:"next of the answer before; 0: from the start."`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many at most."`
}

type event struct {
	ID   int64     `json:"id" minimum:"1" doc:"For ever this event's, and never another's. Ids need not ascend: the order is that of the list."`
	Kind string    `json:"kind" doc:"match: a friendship began; unmatched: the other side ended one; task: work of mine has ended, as task_id, kind and state tell; photo: operators have decided about a photo or video of mine, as photo_id or video_id and state tell. More kinds will come: pass over those you do not know."`
	Time time.Time `json:"time"`
	Data eventData `json:"data"`
}

// eventData is the JSON object that says more, by kind.
type eventData json.RawMessage

// MarshalJSON implements json.Marshaler.
func (d eventData) MarshalJSON() ([]byte, error) { return d, nil }

// Schema implements huma.SchemaProvider.
func (eventData) Schema(huma.Registry) *huma.Schema {
	one := 1.0
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true, Description: "What more there is to say, by kind.",
		Properties: map[string]*huma.Schema{
			"user_id": {Type: huma.TypeInteger, Format: "int64", Minimum: &one, Description: "Of match and unmatched: with whom."},
		},
	}
}

type eventsAnswer struct {
	Events []event `json:"events" nullable:"false" doc:"Empty: nothing new."`
	Next   string  `json:"next" doc:"What to ask for after next time, also where events is empty."`
}

type eventsOutput struct{ Body eventsAnswer }

func (s *service) eventRoutes() {
	register(s, s.operation("list-events", http.MethodGet, "/v1/events",
		"Catch up on what happened, oldest first; events are kept for 30 days"), s.events)
}

// events gives what happened since the last look. An event is there a moment
// after its transaction, once nothing can still turn up before it.
func (s *service) events(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	uid := callerOf(ctx)
	codec := EventCodec{s.cursors}
	after, err := codec.Place(uid, in.After)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.EventsSince(ctx, uid, after, in.Limit)
	if err == nil && len(rows) == 0 {
		err = s.orUnauthenticated(ctx, uid, nil)
	}
	if err != nil {
		return nil, err
	}
	answer := eventsAnswer{Events: make([]event, len(rows)), Next: in.After}
	for i := range rows {
		e := &rows[i]
		data, err := dataOf(&e.Event)
		if err != nil {
			return nil, err
		}
		answer.Events[i] = event{ID: e.ID, Kind: string(e.Kind), Time: e.Time.UTC(), Data: data}
	}
	if len(rows) > 0 {
		answer.Next = codec.Cursor(uid, rows[len(rows)-1].Cursor)
	}
	return &eventsOutput{answer}, nil
}

// dataOf gives what e says besides its kind.
func dataOf(e *social.Event) (eventData, error) {
	if e.Other != 0 {
		return json.Marshal(struct {
			UserID social.UserID `json:"user_id"`
		}{e.Other})
	}
	if len(e.Data) == 0 {
		return eventData(`{}`), nil
	}
	return eventData(e.Data), nil
}
