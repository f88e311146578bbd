package admin_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/social"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.JSONEq(t, `{"ready":true,"store":"ok","signals":"ok"}`, b.do("GET", "/readyz", "").Body.String())
	b.fake.mute.Store(true)
	rec := b.do("GET", "/readyz", "")
	require.Equal(t, 200, rec.Code, "lost hints do not make a node unfit")
	require.JSONEq(t, `{"ready":true,"store":"ok","signals":"unavailable"}`, rec.Body.String())
	b.fake.gone.Store(true)
	rec = b.do("GET", "/readyz", "")
	requireProblem(t, rec, 503, social.CodeUnavailable)
	require.Equal(t, "1", rec.Header().Get("Retry-After"))
	require.Equal(t, 200, b.do("GET", "/healthz", "").Code, "alive all the same")
	b.fake.gone.Store(false)
	b.fake.draining.Store(true)
	requireProblem(t, b.do("GET", "/readyz", ""), 503, social.CodeUnavailable)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.JSONEq(t, `{"settings":[
		{"key":"rewinds_per_day","value":3,"default":3,"version":0,"updated_at":null,"updated_by":null},
		{"key":"likes_per_day","value":null,"default":null,"version":0,"updated_at":null,"updated_by":null}]}`,
		b.do("GET", "/admin/settings", "").Body.String())
	rec := b.do("PUT", "/admin/settings/rewinds_per_day", `{"value":null}`)
	require.Equal(t, 200, rec.Code)
	require.JSONEq(t, `{"key":"rewinds_per_day","value":null,"default":3,"version":1,"updated_at":"2026-11-22T12:00:00Z","updated_by":"admin"}`, rec.Body.String())
	require.Equal(t, 200, b.do("PUT", "/admin/settings/rewinds_per_day", `{"value":0}`).Code)

	requireProblem(t, b.do("PUT", "/admin/settings/nothing", `{"value":1}`), 404, social.CodeNotFound)
	requireProblem(t, b.do("PUT", "/admin/settings/rewinds_per_day", `{"value":"many"}`), 422, social.CodeInvalidRequest)
	requireProblem(t, b.do("PUT", "/admin/settings/rewinds_per_day", `{}`), 422, social.CodeInvalidRequest)
	for _, body := range []string{`{"value":1,"value":2}`, `{"Value":1}`, `{"value":1,"by":"me"}`, `[1]`, `{"value":1}x`, ` `, `{"value":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`} {
		requireProblem(t, b.do("PUT", "/admin/settings/rewinds_per_day", body), 400, social.CodeInvalidRequest)
	}
	require.Equal(t, int64(2), b.fake.settings["rewinds_per_day"].Version)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rec := b.do("POST", "/admin/tokens", `{"user_ids":[7,1],"ttl":60}`)
	require.Equal(t, 200, rec.Code, rec.Body.String())
	var got struct {
		Tokens []struct {
			UserID      social.UserID `json:"user_id"`
			AccessToken string        `json:"access_token"`
		}
	}
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &got))
	require.Len(t, got.Tokens, 2)
	now := noon
	tokens := accounts.NewTokens([]byte("0123456789abcdef"), func() time.Time { return now })
	for i, want := range []social.UserID{7, 1} {
		require.Equal(t, want, got.Tokens[i].UserID)
		pass, err := tokens.Verify(got.Tokens[i].AccessToken)
		require.NoError(t, err)
		require.Equal(t, accounts.Pass{UID: want, ExpiresAt: noon.Add(time.Minute).Local()}, pass)
	}
	now = noon.Add(time.Minute)
	_, err := tokens.Verify(got.Tokens[0].AccessToken)
	require.Error(t, err)
	require.Equal(t, 200, b.do("POST", "/admin/tokens", `{"user_ids":[7]}`).Code, "a day unless told")

	for _, body := range []string{`{}`, `{"user_ids":[]}`, `{"user_ids":[0]}`, `{"user_ids":[-1]}`, `{"user_ids":[null]}`, `{"user_ids":[1],"ttl":0}`, `{"user_ids":[1],"ttl":-5}`, `{"user_ids":[1],"ttl":9223372036854775807}`} {
		requireProblem(t, b.do("POST", "/admin/tokens", body), 422, social.CodeInvalidRequest)
	}
	for _, body := range []string{`{"user_ids":"1"}`, `{"user_ids":[1.5]}`, `{"user_ids":[9223372036854775808]}`, `{"users":[1]}`, `null x`} {
		requireProblem(t, b.do("POST", "/admin/tokens", body), 400, social.CodeInvalidRequest)
	}
	requireProblem(t, b.do("POST", "/admin/tokens", strings.Repeat(" ", 5<<20)), 413, social.CodeInvalidRequest)
}

func TestAHundredThousandTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := strings.Repeat("9223372036854775807,", 100_000)
	rec := b.do("POST", "/admin/tokens", `{"user_ids":[`+ids[:len(ids)-1]+`]}`)
	require.Equal(t, 200, rec.Code)
	require.Equal(t, 100_000, strings.Count(rec.Body.String(), "access_token"))
	requireProblem(t, b.do("POST", "/admin/tokens", `{"user_ids":[`+ids+`1]}`), 422, social.CodeInvalidRequest)
}

func TestInspectUser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.events = 1010
	rec := b.do("GET", "/admin/actors/user/1", "")
	require.Equal(t, 200, rec.Code, rec.Body.String())
	var got map[string]any
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &got))
	live, err := json.Marshal(got["live"])
	require.NoError(t, err)
	require.JSONEq(t, `{"node":"n1:1","activated_at":"2026-11-22T12:00:00Z","last_message_at":"2026-11-22T12:00:00Z","in_flight":1,
		"waiting":0,"swiped_loaded":true,"swiped_count":9,"swiped_bytes":36,"deck_buffered":5,"deck_cursor":77}`, string(live))
	stored, ok := got["stored"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, map[string]any{"like": 3.0, "ended": 1.0}, stored["swipes"])
	require.InEpsilon(t, 4, stored["friends"], 1e-9)
	require.Len(t, stored["quotas"], 3)
	require.Equal(t, []any{map[string]any{"user_id": 2.0, "mark": "like", "time": "2026-11-22T12:00:00Z"}}, stored["recent_swipes"])
	events, ok := stored["recent_events"].([]any)
	require.True(t, ok)
	require.Len(t, events, 20)
	for i, e := range events {
		require.InEpsilon(t, 991+i, e.(map[string]any)["id"], 1e-9)
	}

	require.Contains(t, b.do("GET", "/admin/actors/user/2", "").Body.String(), `"live":null`)
	requireProblem(t, b.do("GET", "/admin/actors/user/3", ""), 404, social.CodeUserNotFound)
	for _, id := range []string{"0", "-1", "x", "9223372036854775808"} {
		requireProblem(t, b.do("GET", "/admin/actors/user/"+id, ""), 422, social.CodeInvalidRequest)
	}
}

func TestMembersMetricsAndProfiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.JSONEq(t, `{"self":"n1","view":"beef","members":[
		{"id":"n1","address":"n1:1","version":"v1","kinds":["user"],"leaving":false,"activations":{"user":3,"matchmaker":0}},
		{"id":"n2","address":"n2:1","version":"v1","kinds":["user"],"leaving":true,"activations":null}]}`, b.do("GET", "/admin/members", "").Body.String())
	require.Equal(t, 200, b.do("GET", "/metrics", "").Code)
	for _, path := range []string{"", "cmdline", "symbol", "heap", "goroutine?debug=1", "trace?seconds=0.01"} {
		require.Equal(t, 200, b.do("GET", "/debug/pprof/"+path, "").Code, path)
	}
	require.Equal(t, 404, b.do("GET", "/debug/pprof/nothing", "").Code)
}
