package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

var (
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errGone = errors.New("connection refused by 10.0.0.1")
)

// fake is a node with one user, 1, who is live; 2 is stored only.
type fake struct {
	gone     atomic.Bool // the store
	mute     atomic.Bool // the signals
	draining atomic.Bool
	settings map[string]config.Tunable
	asked    persistence.TaskFilter
	events   int
	changes  []persistence.AuditEntry // the oldest first; At is left out
	ended    []string                 // sessions that the node was told of
	pages    []int64                  // what lists were asked for
}

// note keeps a change as the stores' audit does.
func (f *fake) note(c persistence.Change, action, target string) {
	f.changes = append(f.changes, persistence.AuditEntry{By: c.By, Action: action, Target: target})
}

func (f *fake) Ping(context.Context) error {
	if f.gone.Load() {
		return errGone
	}
	return nil
}

func (f *fake) User(_ context.Context, id social.UserID) (social.User, error) {
	if id > 2 {
		return social.User{}, social.Errorf(social.CodeUserNotFound, "There is no such user.")
	}
	return social.User{ID: id, Nickname: "Ada", CreatedAt: noon}, nil
}

func (*fake) CountSwipes(context.Context, social.UserID) (map[social.Mark]int, error) {
	return map[social.Mark]int{social.MarkLike: 3, social.MarkEnded: 1}, nil
}

func (*fake) CountFriends(context.Context, social.UserID) (int, error) { return 4, nil }

func (*fake) QuotasUsed(context.Context, social.UserID, social.Date) (map[social.Action]int, error) {
	return map[social.Action]int{social.ActionRewind: 2}, nil
}

func (*fake) RecentSwipes(context.Context, social.UserID, int) ([]social.Swipe, error) {
	return []social.Swipe{{UID: 1, SID: 2, Mark: social.MarkLike, Time: noon}}, nil
}

func (f *fake) EventsOf(_ context.Context, uid social.UserID, after int64, limit int) ([]social.Event, error) {
	var out []social.Event
	for id := after + 1; id <= int64(f.events) && len(out) < limit; id++ {
		out = append(out, social.Event{ID: id, UID: uid, Kind: social.EventMatch, Other: 2, Time: noon})
	}
	return out, nil
}

func (f *fake) ListTasks(_ context.Context, filter persistence.TaskFilter) ([]persistence.TaskRecord, error) {
	f.asked = filter
	all := []persistence.TaskRecord{
		{ID: "T2", Seq: 9, Kind: "photo", Queue: "uploads", Owner: 1, State: persistence.TaskFailed, Attempts: 3, Progress: 5, Error: "Away.", CreatedAt: noon, EndedAt: noon, Retryable: true},
		{ID: "T1", Seq: 7, Kind: "prune", Queue: "upkeep", State: persistence.TaskQueued, CreatedAt: noon},
	}
	return all[:min(len(all), filter.Limit)], nil
}

func (f *fake) RetryTask(_ context.Context, id persistence.TaskID, c persistence.Change) error {
	f.note(c, "task.retry", string(id))
	return changeTask(id)
}

func (f *fake) CancelTask(_ context.Context, id persistence.TaskID, c persistence.Change) error {
	f.note(c, "task.cancel", string(id))
	return changeTask(id)
}

func (*fake) CountTasks(context.Context) ([]persistence.TaskCount, error) {
	return []persistence.TaskCount{
		{Kind: "picture.publish", State: persistence.TaskQueued, Count: 7},
		{Kind: "picture.publish", State: persistence.TaskFailed, Count: 1},
		{Kind: "account.erase", State: persistence.TaskRunning, Count: 2},
		{Kind: "account.erase", State: persistence.TaskRetrying, Count: 3},
	}, nil
}

func (*fake) Undealt(_ context.Context, uid social.UserID, ids []social.UserID) ([]social.User, error) {
	var out []social.User
	for _, id := range ids {
		if uid == 0 && id <= 2 {
			out = append(out, social.User{ID: id, Nickname: "Ada <" + strconv.Itoa(int(id)) + ">"})
		}
	}
	return out, nil
}

func changeTask(id persistence.TaskID) error {
	switch id {
	case "T2":
		return nil
	case "T1":
		return social.Errorf(social.CodeTaskConflict, "A task that does the same is under way.")
	}
	return social.Errorf(social.CodeTaskNotFound, "There is no such task.")
}

func (*fake) Inspect(_ context.Context, uid social.UserID) (*actors.LiveUser, error) {
	if uid != 1 {
		return nil, nil //nolint:nilnil // as the contract says
	}
	return &actors.LiveUser{Node: "n1:1", ActivatedAt: noon, LastMessageAt: noon, InFlight: 1, SwipedLoaded: true, SwipedCount: 9, SwipedBytes: 36, DeckBuffered: 5, DeckCursor: 77}, nil
}

func (f *fake) List() []config.Tunable {
	return []config.Tunable{f.settings["rewinds_per_day"], f.settings["likes_per_day"]}
}

func (f *fake) Set(_ context.Context, key string, value json.RawMessage, by string) (config.Tunable, error) {
	t, ok := f.settings[key]
	if !ok {
		return t, social.Errorf(social.CodeNotFound, "There is no such setting.")
	}
	if strings.HasPrefix(string(value), `"`) {
		return t, &social.Error{Code: social.CodeInvalidRequest, Message: "It must be a number or null.", Field: "value"}
	}
	t.Value, t.Version, t.UpdatedAt, t.UpdatedBy = bytes.Clone(value), t.Version+1, noon, by
	f.settings[key] = t
	return t, nil
}

type signals struct{ *fake }

func (s signals) Ping(context.Context) error {
	if s.mute.Load() {
		return errGone
	}
	return nil
}

func newFake() *fake {
	return &fake{settings: map[string]config.Tunable{
		"rewinds_per_day": {Key: "rewinds_per_day", Value: json.RawMessage("3"), Default: json.RawMessage("3")},
		"likes_per_day":   {Key: "likes_per_day", Value: json.RawMessage("null"), Default: json.RawMessage("null")},
	}}
}

func options(f *fake) admin.Options {
	return admin.Options{
		Listen: "127.0.0.1:8081", Store: f, Signals: signals{f}, Settings: f, Actors: f, Photos: f, Draining: f.draining.Load,
		Tokens: accounts.NewTokens([]byte("0123456789abcdef"), func() time.Time { return noon }),
		Rules: func() *social.Rules {
			return &social.Rules{RewindsPerDay: 3, LikesPerDay: social.NoLimit, Zone: time.UTC}
		},
		View: func() admin.View {
			return admin.View{Self: "n1", Hash: "beef", Members: []admin.Member{
				{ID: "n1", Address: "n1:1", Version: "v1", Kinds: []string{"user"}, Activations: &admin.Activations{User: 3}},
				{ID: "n2", Address: "n2:1", Version: "v1", Kinds: []string{"user"}, Leaving: true},
			}}
		},
		Ended:    func(ids ...string) { f.ended = append(f.ended, ids...) },
		Gatherer: prometheus.NewRegistry(), Now: func() time.Time { return noon },
	}
}

type bundle struct {
	fake *fake
	do   func(method, path, body string, headers ...string) *httptest.ResponseRecorder
}

func setup(t *testing.T, change ...func(*admin.Options)) *bundle {
	t.Helper()
	f := newFake()
	opts := options(f)
	for _, c := range change {
		c(&opts)
	}
	h, err := admin.New(opts)
	require.NoError(t, err)
	return &bundle{f, func(method, path, body string, headers ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		req.Host = "127.0.0.1:8081"
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i+1 < len(headers); i += 2 {
			if headers[i] == "Host" {
				req.Host = headers[i+1]
				continue
			}
			req.Header.Set(headers[i], headers[i+1])
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		return rec
	}}
}

func requireProblem(t *testing.T, rec *httptest.ResponseRecorder, status int, code social.Code) {
	t.Helper()
	require.Equal(t, status, rec.Code, rec.Body.String())
	require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"))
	var p struct{ Code social.Code }
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &p))
	require.Equal(t, code, p.Code)
	require.NotContains(t, rec.Body.String(), "10.0.0.1")
}
