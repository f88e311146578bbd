package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// Whatever is malformed is refused with a stable code, repeats nothing of what
// was sent, names no Go type and changes nothing.
func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	deep := strings.Repeat("[", 20000) + strings.Repeat("]", 20000)
	cases := map[string]struct {
		method, path, body string
		status             int
	}{
		"empty":                {"POST", "/v1/swipes", " ", 400},
		"not JSON":             {"POST", "/v1/swipes", "secret", 400},
		"cut off":              {"POST", "/v1/swipes", `{"user_id":2,"mark":"like"`, 400},
		"trailing":             {"POST", "/v1/swipes", `{"user_id":2,"mark":"like"} secret`, 400},
		"two values":           {"POST", "/v1/swipes", `{"user_id":2,"mark":"like"}{}`, 400},
		"single quotes":        {"POST", "/v1/swipes", `{'user_id':2}`, 400},
		"invalid UTF-8":        {"POST", "/v1/swipes", "{\"user_id\":2,\"mark\":\"l\xffike\"}", 400},
		"lone surrogate":       {"POST", "/v1/swipes", `{"user_id":2,"mark":"\ud800"}`, 400},
		"byte order mark":      {"POST", "/v1/swipes", "\ufeff" + `{"user_id":2,"mark":"like"}`, 400},
		"duplicate":            {"POST", "/v1/swipes", `{"user_id":2,"mark":"like","mark":"like"}`, 400},
		"duplicate escaped":    {"POST", "/v1/swipes", `{"user_id":2,"mark":"like","m\u0061rk":"like"}`, 400},
		"duplicate, folded":    {"POST", "/v1/swipes", `{"user_id":2,"mark":"like","MARK":"like"}`, 422},
		"folded":               {"POST", "/v1/swipes", `{"User_ID":2,"mark":"like"}`, 422},
		"unknown":              {"POST", "/v1/swipes", `{"user_id":2,"mark":"like","secret":1}`, 422},
		"deep":                 {"POST", "/v1/swipes", deep, 400},
		"deep inside":          {"POST", "/v1/swipes", `{"user_id":` + deep + `,"mark":"like"}`, 400},
		"null":                 {"POST", "/v1/swipes", `null`, 400},
		"array":                {"POST", "/v1/swipes", `[{"user_id":2,"mark":"like"}]`, 422},
		"string":               {"POST", "/v1/swipes", `"secret"`, 422},
		"nothing":              {"POST", "/v1/swipes", `{}`, 422},
		"no mark":              {"POST", "/v1/swipes", `{"user_id":2}`, 422},
		"no one":               {"POST", "/v1/swipes", `{"mark":"like"}`, 422},
		"null id":              {"POST", "/v1/swipes", `{"user_id":null,"mark":"like"}`, 400},
		"null mark":            {"POST", "/v1/swipes", `{"user_id":2,"mark":null}`, 400},
		"string id":            {"POST", "/v1/swipes", `{"user_id":"2","mark":"like"}`, 422},
		"array id":             {"POST", "/v1/swipes", `{"user_id":[2],"mark":"like"}`, 422},
		"object id":            {"POST", "/v1/swipes", `{"user_id":{"secret":2},"mark":"like"}`, 422},
		"bool id":              {"POST", "/v1/swipes", `{"user_id":true,"mark":"like"}`, 422},
		"fraction":             {"POST", "/v1/swipes", `{"user_id":2.5,"mark":"like"}`, 422},
		"whole fraction":       {"POST", "/v1/swipes", `{"user_id":2.0,"mark":"like"}`, 422},
		"exponent":             {"POST", "/v1/swipes", `{"user_id":2e0,"mark":"like"}`, 422},
		"leading zero":         {"POST", "/v1/swipes", `{"user_id":02,"mark":"like"}`, 400},
		"zero":                 {"POST", "/v1/swipes", `{"user_id":0,"mark":"like"}`, 422},
		"negative":             {"POST", "/v1/swipes", `{"user_id":-2,"mark":"like"}`, 422},
		"past int64":           {"POST", "/v1/swipes", `{"user_id":9223372036854775808,"mark":"like"}`, 422},
		"past float64":         {"POST", "/v1/swipes", `{"user_id":1e999,"mark":"like"}`, 400},
		"not a number":         {"POST", "/v1/swipes", `{"user_id":NaN,"mark":"like"}`, 400},
		"other mark":           {"POST", "/v1/swipes", `{"user_id":2,"mark":"secret"}`, 422},
		"the tombstone":        {"POST", "/v1/swipes", `{"user_id":2,"mark":"ended"}`, 422},
		"cased mark":           {"POST", "/v1/swipes", `{"user_id":2,"mark":"LIKE"}`, 422},
		"rewind of someone":    {"POST", "/v1/swipes/rewind", `{"user_id":2}`, 400},
		"rewind garbage":       {"POST", "/v1/swipes/rewind", `secret`, 400},
		"body where none":      {"DELETE", "/v1/friends/2", `{"secret":1}`, 400},
		"id of a profile":      {"PATCH", "/v1/me", `{"user_id":2}`, 422},
		"phone":                {"PATCH", "/v1/me", `{"phone":"secret"}`, 422},
		"vip":                  {"PATCH", "/v1/me", `{"vip":true}`, 422},
		"avatar":               {"PATCH", "/v1/me", `{"avatar_url":"secret"}`, 422},
		"created":              {"PATCH", "/v1/me", `{"created_at":"2026-01-01T00:00:00Z"}`, 422},
		"null nickname":        {"PATCH", "/v1/me", `{"nickname":null}`, 400},
		"null age":             {"PATCH", "/v1/me", `{"min_dating_age":null}`, 400},
		"empty nickname":       {"PATCH", "/v1/me", `{"nickname":""}`, 422},
		"blank nickname":       {"PATCH", "/v1/me", `{"nickname":"   "}`, 422},
		"long nickname":        {"PATCH", "/v1/me", `{"nickname":"` + strings.Repeat("界", 31) + `"}`, 422},
		"nickname with NUL":    {"PATCH", "/v1/me", `{"nickname":"a\u0000b"}`, 422},
		"overridden direction": {"PATCH", "/v1/me", `{"nickname":"a\u202eb"}`, 422},
		"number nickname":      {"PATCH", "/v1/me", `{"nickname":7}`, 422},
		"long bio":             {"PATCH", "/v1/me", `{"bio":"` + strings.Repeat("x", 501) + `"}`, 422},
		"sex any":              {"PATCH", "/v1/me", `{"sex":"any"}`, 422},
		"dating nobody":        {"PATCH", "/v1/me", `{"dating_sex":""}`, 422},
		"no date":              {"PATCH", "/v1/me", `{"birthday":"secret"}`, 422},
		"no such day":          {"PATCH", "/v1/me", `{"birthday":"2001-02-29"}`, 422},
		"time for a date":      {"PATCH", "/v1/me", `{"birthday":"2001-02-28T00:00:00Z"}`, 422},
		"too young":            {"PATCH", "/v1/me", `{"birthday":"2020-01-01"}`, 422},
		"too old":              {"PATCH", "/v1/me", `{"birthday":"1800-01-01"}`, 422},
		"age 17":               {"PATCH", "/v1/me", `{"min_dating_age":17}`, 422},
		"age 121":              {"PATCH", "/v1/me", `{"max_dating_age":121}`, 422},
		"age as text":          {"PATCH", "/v1/me", `{"max_dating_age":"30"}`, 422},
		"ages crossed":         {"PATCH", "/v1/me", `{"min_dating_age":41}`, 422},
		"no patch":             {"PATCH", "/v1/me", " ", 400},
	}
	for name, c := range cases {
		req := b.request(t, ada, c.method, c.path, c.body)
		a := b.send(t, req)
		require.Equal(t, c.status, a.StatusCode, "%s: %s", name, a.body)
		a.requireProblem(t, c.status, social.CodeInvalidRequest)
		requireDiscreet(t, name, a)
		doc.require(t, req, a)
	}
	require.Empty(t, b.fake.all())
}

// requireDiscreet refuses answers that repeat the input or show our insides.
func requireDiscreet(t *testing.T, name string, a answer) {
	t.Helper()
	for _, leak := range []string{"secret", "int64", "Go ", "struct", "json:", "jsontext", "api.", "huma", "User_ID", "MARK", "2.5", "[["} {
		require.NotContains(t, string(a.body), leak, name)
	}
}

func TestMalformedQueriesAndPaths(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	cases := []struct {
		method, path string
		status       int
	}{
		{"GET", "/v1/likes?limit=-1", 422},
		{"GET", "/v1/likes?limit=0", 422},
		{"GET", "/v1/likes?limit=101", 422},
		{"GET", "/v1/likes?limit=1000000000", 422},
		{"GET", "/v1/likes?limit=1e9", 422},
		{"GET", "/v1/likes?limit=99999999999999999999", 422},
		{"GET", "/v1/likes?limit=secret", 422},
		{"GET", "/v1/likes?limit=", 400},
		{"GET", "/v1/likes?limit=5&limit=6", 400},
		{"GET", "/v1/likes?limit=%zz", 400},
		{"GET", "/v1/likes?a;b", 400},
		{"GET", "/v1/likes?secret=1", 422},
		{"GET", "/v1/likes?LIMIT=1", 422},
		{"GET", "/v1/likes?cursor=secret", 400},
		{"GET", "/v1/likes?cursor=" + strings.Repeat("A", 10000), 400},
		{"GET", "/v1/friends?cursor=" + strings.Repeat("A", 43), 400},
		{"GET", "/v1/friends?limit=-1", 422},
		{"GET", "/v1/deck?limit=0", 422},
		{"GET", "/v1/deck?limit=101", 422},
		{"GET", "/v1/deck?limit=-1", 422},
		{"GET", "/v1/deck?cursor=x", 422},
		{"POST", "/v1/swipes/rewind?user_id=2", 422},
		{"GET", "/v1/friends/0", 422},
		{"GET", "/v1/friends/-2", 422},
		{"GET", "/v1/friends/secret", 422},
		{"GET", "/v1/friends/9223372036854775808", 422},
		{"DELETE", "/v1/friends/2.0", 422},
		{"DELETE", "/v1/friends/%00", 422},
	}
	for _, c := range cases {
		req := b.request(t, ada, c.method, c.path, "")
		a := b.send(t, req)
		require.Equal(t, c.status, a.StatusCode, "%s: %s", c.path, a.body)
		a.requireProblem(t, c.status, social.CodeInvalidRequest)
		requireDiscreet(t, c.path, a)
		doc.require(t, req, a)
	}
	require.Empty(t, b.fake.all())
}

func TestContentType(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const body = `{"user_id":2,"mark":"like"}`
	for ct, status := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "Application/JSON;charset=UTF-8": 200,
		"": 400, "text/plain": 400, "application/x-www-form-urlencoded": 400, "multipart/form-data": 400,
		"application/vnd.api+json": 400, "application/json; charset=latin1": 400, "application/cbor": 400, ";;;": 400, "json": 400,
	} {
		req := b.request(t, ada, "POST", "/v1/swipes", body)
		req.Header.Set("Content-Type", ct)
		require.Equal(t, status, b.send(t, req).StatusCode, ct)
	}
	for _, accept := range []string{"", "*/*", "text/html", "application/problem+json", "application/cbor;q=1", "json"} {
		req := b.request(t, ada, "POST", "/v1/swipes", body)
		req.Header.Set("Accept", accept)
		a := b.send(t, req)
		require.Equal(t, 200, a.StatusCode, accept)
		require.Equal(t, "application/json", a.Header.Get("Content-Type"), accept)
	}
	req := b.request(t, ada, "POST", "/v1/swipes", body)
	req.Header.Set("Content-Encoding", "gzip")
	b.send(t, req).requireProblem(t, 400, social.CodeInvalidRequest)
	require.Equal(t, 200, b.call(t, ada, "POST", "/v1/swipes/rewind", "{}").StatusCode, "an empty object is no body")
}

func TestRulesRefuseBeforeTheActors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.call(t, ada, "POST", "/v1/swipes", `{"user_id":1,"mark":"like"}`).requireProblem(t, 422, social.CodeSelfSwipe)
	require.Empty(t, b.fake.all())
	require.Equal(t, 200, b.call(t, ada, "POST", "/v1/swipes", `{"user_id":9223372036854775807,"mark":"dislike"}`).StatusCode)
	require.Equal(t, []any{social.Swipe{UID: ada, SID: 9223372036854775807, Mark: social.MarkDislike, Time: noon}}, b.fake.all())
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/", "/v1", "/v1/", "/v1/swipe", "/v1/swipes/", "/v1//me", "/v1/friends/2/x", "/metrics", "/admin/settings", "/healthz", "/readyz", "/debug/pprof/", "/docs", "/..%2f"} {
		b.call(t, ada, "GET", path, "").requireProblem(t, 404, social.CodeNotFound)
	}
	for path, allow := range map[string]string{"/v1/swipes": "POST", "/v1/me": "GET, PATCH, DELETE", "/v1/friends/2": "GET, DELETE", "/openapi.json": "GET"} {
		for _, method := range []string{"PUT", "OPTIONS", "TRACE", "BREW"} {
			a := b.call(t, ada, method, path, "")
			a.requireProblem(t, http.StatusMethodNotAllowed, social.CodeMethodNotAllowed)
			require.ElementsMatch(t, strings.Split(allow, ", "), strings.Split(a.Header.Get("Allow"), ", "), path)
		}
	}
	require.Equal(t, 405, b.call(t, ada, "HEAD", "/v1/me", "").StatusCode)
}
