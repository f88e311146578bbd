package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/api/admin/overview"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const asJSON = "application/json"

func TestWhatOperatorsDoToUsers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ann := "Basic YW5uOg==" // ann, who needs no token here
	for path, want := range map[string]string{
		"/admin/users/1/logout":            `{"user_id":1,"ended":2}`,
		"/admin/users/1/suspend":           `{"user_id":1,"ended":1}`,
		"/admin/users/1/unsuspend":         `{"user_id":1,"suspended":false}`,
		"/admin/users/1/quotas/like/reset": `{"user_id":1,"action":"like","used":0}`,
	} {
		b.fake.changes, b.fake.ended = nil, nil
		rec := b.do("POST", path, "", "Content-Type", asJSON, "Authorization", ann)
		require.Equal(t, 200, rec.Code, rec.Body.String())
		require.JSONEq(t, want, rec.Body.String())
		require.Len(t, b.fake.changes, 1)
		require.Equal(t, "ann", b.fake.changes[0].By)
		requireProblem(t, b.do("POST", strings.Replace(path, "/1/", "/3/", 1), "", "Content-Type", asJSON), 404, social.CodeUserNotFound)
		requireProblem(t, b.do("POST", strings.Replace(path, "/1/", "/0/", 1), "", "Content-Type", asJSON), 422, social.CodeInvalidRequest)
		requireProblem(t, b.do("POST", path, ""), 400, social.CodeInvalidRequest)
		requireProblem(t, b.do("GET", path, ""), 405, social.CodeMethodNotAllowed)
	}
	b.fake.changes, b.fake.ended = nil, nil
	requireProblem(t, b.do("POST", "/admin/users/1/quotas/nothing/reset", "", "Content-Type", asJSON), 404, social.CodeNotFound)
	require.Empty(t, b.fake.changes)
	b.do("POST", "/admin/users/1/quotas/rewind/reset", "", "Content-Type", asJSON)
	b.do("POST", "/admin/users/1/logout", "", "Content-Type", asJSON)
	b.do("POST", "/admin/users/1/suspend", "", "Content-Type", asJSON)
	require.Equal(t, "1 2026-11-22 rewind", b.fake.changes[0].Target)
	require.Equal(t, []string{"one", "two", "three"}, b.fake.ended, "every node hears of it")
}

func TestAccountAndHistory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rec := b.do("GET", "/admin/users/2/account", "")
	at := `"2026-11-22T12:00:00Z"`
	require.JSONEq(t, `{"user_id":2,"suspended_at":`+at+`,"sessions":[
		{"id":"ABCDEF","created_at":`+at+`,"used_at":`+at+`,"expires_at":`+at+`,"ended_at":`+at+`}]}`, rec.Body.String())
	require.Contains(t, b.do("GET", "/admin/users/1/account", "").Body.String(), `"suspended_at":null`)
	requireProblem(t, b.do("GET", "/admin/users/3/account", ""), 404, social.CodeUserNotFound)

	rec = b.do("GET", "/admin/users/1/swipes?before=6&limit=1", "")
	require.JSONEq(t, `{"swipes":[{"seq":5,"user_id":2,"mark":"like","time":`+at+`}],"next":5}`, rec.Body.String())
	rec = b.do("GET", "/admin/users/1/rewinds?limit=1", "")
	require.JSONEq(t, `{"rewinds":[{"id":3,"user_id":2,"mark":"dislike","swiped_at":`+at+`,"rewound_at":`+at+`}],"next":3}`, rec.Body.String())
	require.Equal(t, []int64{6, 1, 0, 1}, b.fake.pages)
	for _, list := range []string{"/admin/users/1/swipes", "/admin/users/1/rewinds", "/admin/audit"} {
		require.Contains(t, b.do("GET", list, "").Body.String(), `"next":null`)
		for _, bad := range []string{"limit=0", "limit=501", "limit=x", "before=0", "before=-1", "before="} {
			requireProblem(t, b.do("GET", list+"?"+bad, ""), 422, social.CodeInvalidRequest)
		}
	}
	for _, list := range []string{"swipes", "rewinds", "account"} {
		requireProblem(t, b.do("GET", "/admin/users/x/"+list, ""), 422, social.CodeInvalidRequest)
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rec := b.do("GET", "/admin/audit?limit=1&before=10", "")
	require.JSONEq(t, `{"entries":[{"id":9,"at":"2026-11-22T12:00:00Z","by":"ann","action":"setting.put","target":"likes_per_day","from":"3","to":"<i>5</i>"}],"next":9}`,
		rec.Body.String())
	require.Equal(t, []int64{10, 1}, b.fake.pages)

	many := strings.TrimSuffix(strings.Repeat("5,", 12), ",")
	require.Equal(t, 200, b.do("POST", "/admin/tokens", `{"user_ids":[`+many+`],"ttl":60}`).Code)
	require.Equal(t, []persistence.AuditEntry{{By: "admin", Action: "token.mint", Target: "users [5 5 5 5 5 5 5 5 5 5] and 2 more", To: "good for 60 s"}}, b.fake.changes)
	b.fake.gone.Store(true)
	requireProblem(t, b.do("POST", "/admin/tokens", `{"user_ids":[7]}`), 503, social.CodeUnavailable)
}

func TestSettingLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rec := b.do("GET", "/admin/settings/rewinds_per_day/log?limit=3", "")
	require.JSONEq(t, `{"changes":[{"value":7,"version":2,"updated_at":"2026-11-22T12:00:00Z","updated_by":"ann"}]}`, rec.Body.String())
	require.Equal(t, []int64{3}, b.fake.pages)
	requireProblem(t, b.do("GET", "/admin/settings/nothing/log", ""), 404, social.CodeNotFound)
	requireProblem(t, b.do("GET", "/admin/settings/rewinds_per_day/log?limit=201", ""), 422, social.CodeInvalidRequest)
}

func TestOverview(t *testing.T) {
	t.Parallel()
	requireProblem(t, setup(t).do("GET", "/admin/overview", ""), 404, social.CodeNotFound)
	now := noon
	samples, err := overview.New(overview.Options{Gatherer: prometheus.NewRegistry(), Now: func() time.Time { return now }})
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, samples.Sample())
		now = now.Add(5 * time.Second)
	}
	b := setup(t, func(o *admin.Options) { o.Overview = samples })
	rec := b.do("GET", "/admin/overview?after=1", "")
	require.JSONEq(t, `{"node":"n1","nodes":1,"every":5,"keep":3600,"points":[
		{"seq":2,"at":"2026-11-22T12:00:10Z","requests":0,"swipes":0,"matches":0,"errors":0,"p99_ms":null,"batch":null,"users":0}]}`, rec.Body.String())
	require.Contains(t, b.do("GET", "/admin/overview?after=2", "").Body.String(), `"points":[]`)
	requireProblem(t, b.do("GET", "/admin/overview?after=x", ""), 422, social.CodeInvalidRequest)
}

// changes are all the routes that do more than show.
var changes = []struct{ method, path, body string }{ //nolint:gochecknoglobals // a constant that Go cannot express
	{"PUT", "/admin/settings/rewinds_per_day", `{"value":9}`},
	{"POST", "/admin/users/1/logout", ""},
	{"POST", "/admin/users/1/suspend", ""},
	{"POST", "/admin/users/1/unsuspend", ""},
	{"POST", "/admin/users/1/quotas/like/reset", ""},
	{"POST", "/admin/tasks/T2/retry", ""},
	{"POST", "/admin/tasks/T2/cancel", ""},
	{"PUT", "/admin/photos/5", `{"state":"approved"}`},
	{"POST", "/admin/tokens", `{"user_ids":[1]}`},
}

func twoTokens(o *admin.Options) {
	o.Listen, o.Token, o.ViewerToken = ":8081", "op-token", "look-token"
}

func TestViewersLookAndChangeNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, twoTokens)
	for _, path := range []string{
		"/admin/settings", "/admin/settings/rewinds_per_day/log", "/admin/actors/user/1", "/admin/users/1/account", "/admin/users/1/swipes",
		"/admin/users/1/rewinds", "/admin/tasks", "/admin/members", "/admin/audit", "/admin/photos", "/metrics",
	} {
		require.Equal(t, 200, b.do("GET", path, "", "Authorization", "Bearer look-token").Code, path)
	}
	for _, c := range changes {
		requireProblem(t, b.do(c.method, c.path, c.body, "Content-Type", asJSON, "Authorization", "Bearer look-token"), 403, social.CodeForbidden)
	}
	requireProblem(t, b.do("GET", "/debug/pprof/heap", "", "Authorization", "Bearer look-token"), 403, social.CodeForbidden)
	require.Empty(t, b.fake.changes)
	require.Zero(t, b.fake.settings["rewinds_per_day"].Version)
	for _, c := range changes {
		require.Equal(t, 200, b.do(c.method, c.path, c.body, "Content-Type", asJSON, "Authorization", "Bearer op-token").Code, c.path)
	}

	require.JSONEq(t, `{"name":"admin","role":"viewer","credentials":true,"node":"n1"}`,
		b.do("GET", "/admin/whoami", "", "Authorization", "Bearer look-token").Body.String())
	require.JSONEq(t, `{"name":"root","role":"operator","credentials":true,"node":"n1"}`,
		b.do("GET", "/admin/whoami", "", "Authorization", "Basic cm9vdDpvcC10b2tlbg==").Body.String())
	require.JSONEq(t, `{"name":"admin","role":"operator","credentials":false,"node":"n1"}`, setup(t).do("GET", "/admin/whoami", "").Body.String())
	requireProblem(t, b.do("GET", "/admin/whoami", ""), 401, social.CodeUnauthenticated)
}

func TestViewersTokenNeedsAnother(t *testing.T) {
	t.Parallel()
	for _, tokens := range [][2]string{{"", "x"}, {"x", "x"}} {
		opts := options(newFake())
		opts.Token, opts.ViewerToken = tokens[0], tokens[1]
		_, err := admin.New(opts)
		require.Error(t, err)
	}
}

// Who guesses is soon not listened to, not even when the guess is right; time heals it.
func TestGuessing(t *testing.T) {
	t.Parallel()
	now := noon
	b := setup(t, twoTokens, func(o *admin.Options) { o.Now = func() time.Time { return now } })
	try := func(token string) int {
		rec := b.do("GET", "/admin/whoami", "", "Authorization", "Bearer "+token)
		if rec.Code == http.StatusTooManyRequests {
			requireProblem(t, rec, 429, social.CodeRateLimited)
			wait, err := strconv.Atoi(rec.Header().Get("Retry-After"))
			require.NoError(t, err)
			require.LessOrEqual(t, wait, 6)
			require.Positive(t, wait)
		}
		return rec.Code
	}
	for range 50 {
		require.Equal(t, 200, try("op-token"), "right ones are not counted")
		require.Equal(t, 401, b.do("GET", "/admin/whoami", "").Code, "nor is showing none")
	}
	for i := range 10 {
		require.Equal(t, 401, try("guess"+strconv.Itoa(i)))
	}
	require.Equal(t, 429, try("another"))
	require.Equal(t, 429, try("op-token"))
	require.Equal(t, 429, try("look-token"))
	require.Equal(t, 401, b.do("GET", "/metrics", "").Code)
	now = now.Add(6 * time.Second)
	require.Equal(t, 200, try("op-token"))
	require.Equal(t, 401, try("once more"))
	require.Equal(t, 429, try("op-token"))
	now = now.Add(time.Hour)
	for i := range 10 {
		require.Equal(t, 401, try("guess"+strconv.Itoa(i)))
	}
	require.Equal(t, 429, try("op-token"))
}

func TestConsole(t *testing.T) {
	t.Parallel()
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'")
		_, _ = w.Write([]byte("console"))
	})
	b := setup(t, twoTokens, func(o *admin.Options) {
		o.Console = map[string]http.Handler{"/console": page, "/console/assets/*file": page}
	})
	for _, path := range []string{"/console", "/console/assets/1/console/app.js"} {
		rec := b.do("GET", path, "")
		require.Equal(t, 200, rec.Code, "the page asks for the token")
		require.Equal(t, "default-src 'none'; script-src 'self'", rec.Header().Get("Content-Security-Policy"))
	}
	require.Equal(t, 405, b.do("POST", "/console", "").Code)
	open := setup(t, func(o *admin.Options) { o.Console = map[string]http.Handler{"/console": page} })
	requireProblem(t, open.do("GET", "/console", "", "Host", "evil.example"), 403, social.CodeForbidden)
	requireProblem(t, setup(t).do("GET", "/console", ""), 404, social.CodeNotFound)
}
