package admin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/social"
)

func TestListenersElsewhereNeedAToken(t *testing.T) {
	t.Parallel()
	for listen, fine := range map[string]bool{
		"127.0.0.1:8081": true, "localhost:8081": true, "[::1]:8081": true, "127.9.9.9:0": true,
		":8081": false, "0.0.0.0:8081": false, "[::]:8081": false, "10.0.0.1:8081": false, "example.org:8081": false, "nonsense": false, "": false,
	} {
		opts := options(newFake())
		opts.Listen = listen
		_, err := admin.New(opts)
		require.Equal(t, fine, err == nil, "%s: %v", listen, err)
	}
	opts := options(newFake())
	opts.Listen, opts.Token = ":8081", "a-token"
	_, err := admin.New(opts)
	require.NoError(t, err)
	_, err = admin.New(admin.Options{Listen: "127.0.0.1:1"})
	require.Error(t, err)
}

// A page whose name points at 127.0.0.1 must not reach a listener without credentials.
func TestLoopbackAnswersLoopbackNamesOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, host := range []string{"127.0.0.1:8081", "localhost:8081", "LOCALHOST", "[::1]:8081", "127.0.0.1"} {
		require.Equal(t, 200, b.do("GET", "/admin/settings", "", "Host", host).Code, host)
	}
	for _, host := range []string{"evil.example", "evil.example:8081", "127.0.0.1.evil.example", "localhost.evil.example:8081", "10.0.0.1", "0.0.0.0", ""} {
		for _, path := range []string{"/admin/settings", "/healthz", "/metrics", "/debug/pprof/", "/nowhere"} {
			requireProblem(t, b.do("GET", path, "", "Host", host), 403, social.CodeForbidden)
		}
	}
}

func TestChangesNeedJSON(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, ct := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		requireProblem(t, b.do("POST", "/admin/tokens", `{"user_ids":[1]}`, "Content-Type", ct), 400, social.CodeInvalidRequest)
		requireProblem(t, b.do("PUT", "/admin/settings/rewinds_per_day", `{"value":9}`, "Content-Type", ct), 400, social.CodeInvalidRequest)
	}
	require.JSONEq(t, "3", string(b.fake.settings["rewinds_per_day"].Value))
}

func TestTokenIsAskedOfEveryone(t *testing.T) {
	t.Parallel()
	secured := func(o *admin.Options) { o.Listen, o.Token = ":8081", "a-token" }
	b := setup(t, secured)
	basic := "Basic cm9vdDphLXRva2Vu" // root:a-token
	for _, path := range []string{"/admin/settings", "/metrics", "/debug/pprof/cmdline", "/admin/members", "/admin/actors/user/1"} {
		b := setup(t, secured) // so few wrong ones are no guessing
		for _, given := range []string{"", "Bearer ", "Bearer wrong", "Bearer a-token2", "Basic cm9vdDp3cm9uZw==", "a-token"} {
			rec := b.do("GET", path, "", "Authorization", given)
			requireProblem(t, rec, 401, social.CodeUnauthenticated)
			require.Contains(t, rec.Header().Values("WWW-Authenticate"), `Basic realm="swiper admin"`)
		}
		for _, given := range []string{"Bearer a-token", basic} {
			require.Equal(t, 200, b.do("GET", path, "", "Authorization", given, "Host", "ops.example").Code)
		}
	}
	require.Equal(t, 200, b.do("GET", "/healthz", "").Code)
	require.Equal(t, 200, b.do("GET", "/readyz", "").Code)

	rec := b.do("PUT", "/admin/settings/rewinds_per_day", `{"value":4}`, "Authorization", basic)
	require.Equal(t, 200, rec.Code)
	require.Equal(t, "root", b.fake.settings["rewinds_per_day"].UpdatedBy)
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	b := setup(t)
	requireProblem(t, b.do("GET", "/", ""), 404, social.CodeNotFound)
	requireProblem(t, b.do("GET", "/v1/me", ""), 404, social.CodeNotFound)
	rec := b.do("DELETE", "/admin/settings", "")
	requireProblem(t, rec, 405, social.CodeMethodNotAllowed)
	require.Equal(t, "GET", rec.Header().Get("Allow"))
}
