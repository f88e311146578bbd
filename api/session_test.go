package api_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/social"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.call(t, 0, "POST", "/v1/auth/login", `{"phone":"+8613800000000","code":"654321"}`).requireProblem(t, 401, social.CodeCodeInvalid)
	b.call(t, 0, "POST", "/v1/auth/refresh", `{"refresh_token":"stolen"}`).requireProblem(t, 401, social.CodeUnauthenticated)
	require.Equal(t, 204, b.call(t, ada, "POST", "/v1/auth/logout", "").StatusCode)
	require.Equal(t, 204, b.call(t, ada, "POST", "/v1/auth/logout", "{}").StatusCode)
	require.Equal(t, []any{ada, ada}, b.fake.all())
}

func TestMalformedLogins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"no phone":           {"code", `{}`, 422},
		"empty phone":        {"code", `{"phone":""}`, 422},
		"null phone":         {"code", `{"phone":null}`, 400},
		"number":             {"code", `{"phone":13800000000}`, 422},
		"long phone":         {"code", `{"phone":"` + strings.Repeat("1", 33) + `"}`, 422},
		"letters":            {"code", `{"phone":"secret"}`, 422},
		"digits of another":  {"code", `{"phone":"１３８００００００００"}`, 422},
		"Arabic digits":      {"code", `{"phone":"+٨٦١٣٨٠٠٠٠٠٠٠٠"}`, 422},
		"premium rate":       {"code", `{"phone":"+19002345678"}`, 422},
		"unknown field":      {"code", `{"phone":"+8613800000000","secret":1}`, 422},
		"phone twice":        {"code", `{"phone":"+8613800000000","phone":"+8613900000000"}`, 400},
		"no body":            {"code", ``, 400},
		"no code":            {"login", `{"phone":"+8613800000000"}`, 422},
		"short code":         {"login", `{"phone":"+8613800000000","code":"12345"}`, 422},
		"long code":          {"login", `{"phone":"+8613800000000","code":"1234567"}`, 422},
		"code in letters":    {"login", `{"phone":"+8613800000000","code":"secret"}`, 422},
		"other digits":       {"login", `{"phone":"+8613800000000","code":"１２３４５６"}`, 422},
		"code with newline":  {"login", `{"phone":"+8613800000000","code":"123456\n"}`, 422},
		"code as a number":   {"login", `{"phone":"+8613800000000","code":123456}`, 422},
		"no refresh token":   {"refresh", `{}`, 422},
		"long refresh token": {"refresh", `{"refresh_token":"` + strings.Repeat("x", 201) + `"}`, 422},
	} {
		req := b.request(t, 0, "POST", "/v1/auth/"+c.path, c.body)
		a := b.send(t, req)
		a.requireProblem(t, c.status, social.CodeInvalidRequest)
		requireDiscreet(t, name, a)
		doc.require(t, req, a)
	}
	require.Empty(t, b.fake.all())
}

// Codes are counted by the address that asks, and nobody can make one up.
func TestAddressOfACodeRequest(t *testing.T) {
	t.Parallel()
	const body = `{"phone":"+8613800000000"}`
	for name, c := range map[string]struct {
		trusted []string
		header  string
		want    string
	}{
		"direct":                 {nil, "", "127.0.0.1"},
		"forged":                 {nil, "203.0.113.7", "127.0.0.1"},
		"proxy of somebody else": {[]string{"10.0.0.0/8"}, "203.0.113.7", "127.0.0.1"},
		"through our proxy":      {[]string{"127.0.0.1"}, "203.0.113.7", "203.0.113.7"},
		"forged before it":       {[]string{"127.0.0.1"}, "198.51.100.9, 203.0.113.7", "203.0.113.7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(o *api.Options) { o.TrustedProxies = c.trusted })
			req := b.request(t, 0, "POST", "/v1/auth/code", body)
			if c.header != "" {
				req.Header.Set("X-Forwarded-For", c.header)
			}
			require.Equal(t, 202, b.send(t, req).StatusCode)
			require.Equal(t, []any{asked{adasPhone, netip.MustParseAddr(c.want)}}, b.fake.all())
		})
	}
}

func TestInboxOfDemonstrations(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.call(t, 0, "GET", "/demo/inbox?phone=%2B8613800000000", "").requireProblem(t, 404, social.CodeNotFound)

	demo := setup(t, func(o *api.Options) { o.Inbox = inbox{} })
	doc := loadContract(t, demo)
	for path, want := range map[string]string{
		"/demo/inbox?phone=%2B8613800000000": `{"messages":[{"to":"+8613800000000","text":"Your code is 123456","code":"123456","time":"2026-11-22T12:00:00Z"}]}`,
		"/demo/inbox?phone=+8613800000000":   `{"messages":[{"to":"+8613800000000","text":"Your code is 123456","code":"123456","time":"2026-11-22T12:00:00Z"}]}`,
		"/demo/inbox?phone=%2B8613900000000": `{"messages":[]}`,
	} {
		req := demo.request(t, 0, "GET", path, "")
		a := demo.send(t, req)
		require.Equal(t, 200, a.StatusCode, "%s", a.body)
		require.JSONEq(t, want, string(a.body))
		doc.require(t, req, a)
	}
	demo.call(t, 0, "GET", "/demo/inbox", "").requireProblem(t, 422, social.CodeInvalidRequest)
	demo.call(t, 0, "GET", "/demo/inbox?phone=secret", "").requireProblem(t, 422, social.CodeInvalidRequest)
}

// Whoever has an unfinished profile is told what it lacks.
func TestMissing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := []any{"nickname", "sex", "birthday", "location", "dating_sex", "min_dating_age", "max_dating_age"}
	require.Equal(t, all, b.call(t, bob, "GET", "/v1/me", "").json(t)["missing"])
	deck := b.call(t, bob, "GET", "/v1/deck", "").json(t)
	require.Equal(t, all, deck["missing"])
	require.Empty(t, deck["cards"])
	me := b.call(t, bob, "PATCH", "/v1/me", `{"nickname":"Bob","birthday":"1990-01-01"}`).json(t)
	require.Equal(t, []any{"sex", "location", "dating_sex", "min_dating_age", "max_dating_age"}, me["missing"])
}
