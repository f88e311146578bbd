package api_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/social"
)

// calls are all operations that need a token, each as it succeeds.
func calls() []struct {
	method, path, body string
	status             int
	want               string
} {
	return []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/v1/swipes", `{"user_id":2,"mark":"like"}`, 200, `{"user_id":2,"mark":"like","matched":true,"repeated":false}`},
		{"POST", "/v1/swipes/rewind", "", 200, `{"user_id":2,"mark":"like","unmatched":true,"rewinds_left":1}`},
		{"GET", "/v1/deck", "", 200, `{"cards":[{"user_id":2,"nickname":null,"age":null,"sex":null,"location":null,"bio":null,"avatar_url":null,"avatar_blurhash":null,"superliked_me":true}],"missing":[]}`},
		{"GET", "/v1/friends", "", 200, `{"friends":[{"user_id":2,"nickname":null,"age":null,"sex":null,"location":null,"bio":null,"avatar_url":null,"avatar_blurhash":null,"superliked_me":false}],"next_cursor":null}`},
		{"GET", "/v1/friends/2", "", 200, `{"user_id":2,"nickname":null,"age":null,"sex":null,"location":null,"bio":null,"avatar_url":null,"avatar_blurhash":null,"superliked_me":false}`},
		{"DELETE", "/v1/friends/2", "", 204, ""},
		{"GET", "/v1/likes?limit=5", "", 200, `{"users":[{"user_id":2,"nickname":null,"age":null,"sex":null,"location":null,"bio":null,"avatar_url":null,"avatar_blurhash":null,"superliked_me":true}],"next_cursor":null}`},
		{"GET", "/v1/hot?limit=5", "", 200, `{"users":[{"user_id":2,"nickname":null,"age":null,"sex":null,"location":null,"bio":null,"avatar_url":null,"avatar_blurhash":null,"superliked_me":true}]}`},
		{"GET", "/v1/quotas", "", 200, `{"rewind":{"limit":3,"used":2,"resets_at":"2026-11-23T00:00:00Z"},"like":{"limit":null,"used":0,"resets_at":"2026-11-23T00:00:00Z"},"superlike":{"limit":0,"used":0,"resets_at":"2026-11-23T00:00:00Z"}}`},
		{"GET", "/v1/events?after=0&limit=5", "", 200, `{"events":[],"next":"0"}`},
		{"GET", "/v1/tasks/AAAAAAAAAAAAAAAAAAAAAAAAAA", "", 200, `{"task_id":"AAAAAAAAAAAAAAAAAAAAAAAAAA","kind":"photo","state":"done","attempts":2,"progress":100,"result":{"sizes":[1,2]},"error":null}`},
		{"GET", "/v1/tasks/BBBBBBBBBBBBBBBBBBBBBBBBBB", "", 200, `{"task_id":"BBBBBBBBBBBBBBBBBBBBBBBBBB","kind":"photo","state":"retrying","attempts":1,"progress":10,"result":null,"error":"Away."}`},
		{"GET", "/v1/me", "", 200, `{"user_id":1,"phone":"+86138****0000","nickname":"Ada","sex":"female","birthday":"1996-02-29","age":30,"location":"上海","bio":"hi","avatar_url":null,"avatar_blurhash":null,"dating_sex":"any","min_dating_age":20,"max_dating_age":40,"created_at":"2026-11-22T12:00:00Z","missing":[]}`},
		{"PATCH", "/v1/me", `{"nickname":"Ada L.","bio":"","birthday":"1990-12-10"}`, 200, `{"user_id":1,"phone":"+86138****0000","nickname":"Ada L.","sex":"female","birthday":"1990-12-10","age":35,"location":"上海","bio":null,"avatar_url":null,"avatar_blurhash":null,"dating_sex":"any","min_dating_age":20,"max_dating_age":40,"created_at":"2026-11-22T12:00:00Z","missing":[]}`},
		{"DELETE", "/v1/me", "", 202, `{"task_id":"CCCCCCCCCCCCCCCCCCCCCCCCCC"}`},
		{"POST", "/v1/auth/logout", "", 204, ""},
	}
}

// everyCall adds those that need none.
func everyCall() []struct {
	method, path, body string
	status             int
	want               string
} {
	const granted = `"access_token":"access","expires_in":900,"refresh_token":"refresh"}`
	return append(calls(), []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/v1/auth/code", `{"phone":"+86 138-0000-0000"}`, 202, `{"retry_after":60}`},
		{"POST", "/v1/auth/login", `{"phone":"+8613800000000","code":"123456"}`, 200, `{"user_id":1,"new_user":true,` + granted},
		{"POST", "/v1/auth/refresh", `{"refresh_token":"` + refreshing + `"}`, 200, `{"user_id":1,"new_user":false,` + granted},
	}...)
}

// contract validates answers against the served document.
type contract struct{ router routers.Router }

func loadContract(t *testing.T, b *bundle) contract {
	t.Helper()
	return loadDocument(t, b, "/openapi.json")
}

func loadDocument(t *testing.T, b *bundle, path string) contract {
	t.Helper()
	served := b.call(t, 0, "GET", path, "")
	require.Equal(t, 200, served.StatusCode)
	doc, err := openapi3.NewLoader().LoadFromData(served.body)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	router, err := gorillamux.NewRouter(doc)
	require.NoError(t, err)
	return contract{router}
}

func (c contract) require(t *testing.T, req *http.Request, a answer) {
	t.Helper()
	req = req.Clone(t.Context())
	req.Body = http.NoBody
	route, params, err := c.router.FindRoute(req)
	require.NoError(t, err)
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, Route: route, PathParams: params},
		Status:                 a.StatusCode, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), in), "%s %s: %d %s", req.Method, req.URL.Path, a.StatusCode, a.body)
}

func TestCallsAnswerAsDocumented(t *testing.T) {
	t.Parallel()
	b := setup(t)
	docs := []contract{loadContract(t, b), loadDocument(t, b, "/openapi-3.0.json")}
	for _, c := range everyCall() {
		req := b.request(t, ada, c.method, c.path, c.body)
		a := b.send(t, req)
		require.Equal(t, c.status, a.StatusCode, "%s %s: %s", c.method, c.path, a.body)
		require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
		if c.want == "" {
			require.Empty(t, a.body)
		} else {
			require.JSONEq(t, c.want, string(a.body))
			require.Equal(t, "application/json", a.Header.Get("Content-Type"))
		}
		for _, doc := range docs {
			doc.require(t, req, a)
		}
	}
}

// Every code of the rules, from every call, is an answer of the document.
func TestCodesAnswerAsDocumented(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	for _, code := range social.Codes() {
		for _, c := range everyCall() {
			b.fake.err = &social.Error{Code: code, Message: "In words.", RetryAfter: 90 * time.Second, Cause: io.ErrUnexpectedEOF}
			req := b.request(t, ada, c.method, c.path, c.body)
			a := b.send(t, req)
			require.NotContains(t, string(a.body), "EOF")
			require.GreaterOrEqual(t, a.StatusCode, 400)
			if a.StatusCode == http.StatusTooManyRequests || a.StatusCode == http.StatusServiceUnavailable {
				require.Equal(t, "90", a.Header.Get("Retry-After"))
			}
			if !documented(c.path, code) {
				continue
			}
			doc.require(t, req, a)
		}
	}
}

// documented tells whether a call can meet code at all.
func documented(path string, code social.Code) bool {
	switch code {
	case social.CodeForbidden, social.CodeNotFound, social.CodeMethodNotAllowed, social.CodeTaskConflict:
		return false
	case social.CodeAccountSuspended:
		return path == "/v1/auth/login"
	case social.CodeUserNotFound:
		return path == "/v1/swipes" || path == "/v1/deck" || path == "/v1/me"
	case social.CodeNotFriends:
		return strings.HasPrefix(path, "/v1/friends/")
	case social.CodeTaskNotFound:
		return strings.HasPrefix(path, "/v1/tasks/")
	case social.CodeUploadNotFound, social.CodeExportNotFound, social.CodeUnsupportedMedia, social.CodePhotoNotFound, social.CodeTooManyPhotos,
		social.CodeVideoUnsupported:
		return false // of routes that TestUploadsKeepTheContract looks at
	case social.CodeNothingToRewind:
		return path == "/v1/swipes/rewind"
	case social.CodeAlreadySwiped:
		return path == "/v1/swipes"
	default:
		return true
	}
}

func TestDocumentCoversTheContract(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/openapi.json", "/openapi-3.0.json"} {
		a := b.call(t, 0, "GET", path, "")
		require.Equal(t, 200, a.StatusCode)
		doc := a.json(t)
		require.Contains(t, doc["components"], "securitySchemes")
		paths, ok := doc["paths"].(map[string]any)
		require.True(t, ok)
		require.Len(t, paths, 15)
		require.NotContains(t, string(a.body), "ErrorModel")
		require.NotContains(t, string(a.body), "$schema")
	}
	require.Equal(t, 404, b.call(t, 0, "GET", "/docs", "").StatusCode)
}

func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	_, err := api.New(api.Options{})
	require.Error(t, err)
}
