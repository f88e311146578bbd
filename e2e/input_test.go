package e2e_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBadInput sends malformed requests to the real program: each is refused
// with a 4xx and a stable code, nothing internal is echoed, nothing changes.
func TestBadInput(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--demo", "--data.dir", t.TempDir(), "--auth.key", authKey}})
	token := mint(t, p, 1, 1)[1]
	plain := &client{http: newHTTPClient(), base: p.HTTP, token: token}
	state := func() string {
		var all strings.Builder
		for _, path := range []string{"/v1/me", "/v1/quotas", "/v1/friends", "/v1/likes", "/v1/deck"} {
			a := plain.call(t.Context(), http.MethodGet, path, nil)
			require.NoError(t, a.sound())
			all.Write(a.body)
		}
		return all.String()
	}
	before := state()

	const swipes, friends, code, login, json = "/v1/swipes", "/v1/friends", "/v1/auth/code", "/v1/auth/login", "application/json"
	cases := []struct {
		name, method, path, contentType, body string
	}{
		{"no body", http.MethodPost, swipes, json, ``},
		{"not JSON", http.MethodPost, swipes, json, `{"user_id":`},
		{"trailing garbage", http.MethodPost, swipes, json, `{"user_id":2,"mark":"like"}{}`},
		{"array", http.MethodPost, swipes, json, `[{"user_id":2,"mark":"like"}]`},
		{"string for a number", http.MethodPost, swipes, json, `{"user_id":"2","mark":"like"}`},
		{"array for a number", http.MethodPost, swipes, json, `{"user_id":[2],"mark":"like"}`},
		{"fraction", http.MethodPost, swipes, json, `{"user_id":2.5,"mark":"like"}`},
		{"null id", http.MethodPost, swipes, json, `{"user_id":null,"mark":"like"}`},
		{"null mark", http.MethodPost, swipes, json, `{"user_id":2,"mark":null}`},
		{"null", http.MethodPost, swipes, json, `null`},
		{"missing mark", http.MethodPost, swipes, json, `{"user_id":2}`},
		{"duplicate key", http.MethodPost, swipes, json, `{"user_id":2,"user_id":3,"mark":"like"}`},
		{"unknown field", http.MethodPost, swipes, json, `{"user_id":2,"mark":"like","vip":true}`},
		{"case-folded field", http.MethodPost, swipes, json, `{"User_ID":2,"mark":"like"}`},
		{"past int64", http.MethodPost, swipes, json, `{"user_id":9223372036854775808,"mark":"like"}`},
		{"far past int64", http.MethodPost, swipes, json, `{"user_id":1e300,"mark":"like"}`},
		{"zero", http.MethodPost, swipes, json, `{"user_id":0,"mark":"like"}`},
		{"negative", http.MethodPost, swipes, json, `{"user_id":-2,"mark":"like"}`},
		{"unknown mark", http.MethodPost, swipes, json, `{"user_id":2,"mark":"ended"}`},
		{"mark in capitals", http.MethodPost, swipes, json, `{"user_id":2,"mark":"LIKE"}`},
		{"oneself", http.MethodPost, swipes, json, `{"user_id":1,"mark":"like"}`},
		{"nobody", http.MethodPost, swipes, json, `{"user_id":999999,"mark":"like"}`},
		{"largest id", http.MethodPost, swipes, json, `{"user_id":9223372036854775807,"mark":"like"}`},
		{"invalid UTF-8", http.MethodPost, swipes, json, "{\"user_id\":2,\"mark\":\"\xff\"}"},
		{"deep", http.MethodPost, swipes, json, strings.Repeat("[", 20000)},
		{"wrong content type", http.MethodPost, swipes, "text/plain", `{"user_id":2,"mark":"like"}`},
		{"form", http.MethodPost, swipes, "application/x-www-form-urlencoded", `user_id=2&mark=like`},
		{"oversized", http.MethodPost, swipes, json, `{"user_id":2,"mark":"` + strings.Repeat("x", 1<<20) + `"}`},
		{"limit -1", http.MethodGet, friends + "?limit=-1", "", ""},
		{"limit 0", http.MethodGet, friends + "?limit=0", "", ""},
		{"limit 101", http.MethodGet, "/v1/likes?limit=101", "", ""},
		{"limit 1e9", http.MethodGet, "/v1/deck?limit=1000000000", "", ""},
		{"limit as words", http.MethodGet, "/v1/deck?limit=ten", "", ""},
		{"made-up cursor", http.MethodGet, friends + "?cursor=AAAA", "", ""},
		{"cursor not base64", http.MethodGet, "/v1/likes?cursor=%00%ff", "", ""},
		{"friend not a number", http.MethodGet, friends + "/two", "", ""},
		{"friend past int64", http.MethodDelete, friends + "/9223372036854775808", "", ""},
		{"no friend", http.MethodDelete, friends + "/2", "", ""},
		{"id patched", http.MethodPatch, "/v1/me", json, `{"id":7}`},
		{"vip patched", http.MethodPatch, "/v1/me", json, `{"vip":true}`},
		{"picture patched", http.MethodPatch, "/v1/me", json, `{"avatar_url":"https://example.com/x.jpg"}`},
		{"phone patched", http.MethodPatch, "/v1/me", json, `{"phone":"+8613900000000"}`},
		{"name too long", http.MethodPatch, "/v1/me", json, `{"nickname":"` + strings.Repeat("a", 10000) + `"}`},
		{"name with NUL", http.MethodPatch, "/v1/me", json, `{"nickname":"a\u0000b"}`},
		{"name turned round", http.MethodPatch, "/v1/me", json, `{"nickname":"a\u202eb"}`},
		{"a child", http.MethodPatch, "/v1/me", json, `{"birthday":"2020-01-01"}`},
		{"no such day", http.MethodPatch, "/v1/me", json, `{"birthday":"1990-02-30"}`},
		{"ages crossed", http.MethodPatch, "/v1/me", json, `{"min_dating_age":40,"max_dating_age":30}`},
		{"null field", http.MethodPatch, "/v1/me", json, `{"nickname":null}`},
		{"phone in fullwidth digits", http.MethodPost, code, json, `{"phone":"+86１３９１２３４５６７８"}`},
		{"phone in Arabic digits", http.MethodPost, code, json, `{"phone":"+86١٣٩١٢٣٤٥٦٧٨"}`},
		{"phone with one such digit", http.MethodPost, code, json, `{"phone":"+861391234567８"}`},
		{"phone with NUL", http.MethodPost, code, json, `{"phone":"+8613912345678\u0000"}`},
		{"phone in letters", http.MethodPost, code, json, `{"phone":"1-800-FLOWERS"}`},
		{"phone of a premium line", http.MethodPost, code, json, `{"phone":"+19005551234"}`},
		{"phone of nobody", http.MethodPost, code, json, `{"phone":"+8610000000000"}`},
		{"phone of 10,000 digits", http.MethodPost, code, json, `{"phone":"+86` + strings.Repeat("1", 10000) + `"}`},
		{"phone as a number", http.MethodPost, code, json, `{"phone":13912345678}`},
		{"no phone", http.MethodPost, code, json, `{}`},
		{"code never sent", http.MethodPost, login, json, `{"phone":"+8613912345678","code":"123456"}`},
		{"code in fullwidth digits", http.MethodPost, login, json, `{"phone":"+8613912345678","code":"１２３４５６"}`},
		{"code as a number", http.MethodPost, login, json, `{"phone":"+8613912345678","code":123456}`},
		{"code of five digits", http.MethodPost, login, json, `{"phone":"+8613912345678","code":"12345"}`},
		{"codes in an array", http.MethodPost, login, json, `{"phone":"+8613912345678","code":["123456","123457"]}`},
		{"made-up refresh token", http.MethodPost, "/v1/auth/refresh", json, `{"refresh_token":"AAAA.1.BBBB"}`},
		{"nothing to rewind", http.MethodPost, "/v1/swipes/rewind", "", ""},
		{"unknown route", http.MethodGet, "/v1/nothing", "", ""},
		{"admin path", http.MethodGet, "/admin/settings", "", ""},
		{"metrics in public", http.MethodGet, "/metrics", "", ""},
		{"wrong method", http.MethodPut, swipes, json, `{"user_id":2,"mark":"like"}`},
	}
	for _, c := range cases {
		req, err := http.NewRequestWithContext(t.Context(), c.method, p.HTTP+c.path, strings.NewReader(c.body))
		require.NoError(t, err)
		if c.contentType != "" {
			req.Header.Set("Content-Type", c.contentType)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		requireRefused(t, c.name, plain.do(req))
	}

	for name, forged := range forgedTokens() {
		a := (&client{http: plain.http, base: p.HTTP, token: forged}).call(t.Context(), http.MethodGet, "/v1/me", nil)
		requireRefused(t, name, a)
		require.Equal(t, http.StatusUnauthorized, a.status, name)
	}

	endless, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.HTTP+swipes, io.LimitReader(zeros{}, 1<<30))
	require.NoError(t, err)
	endless.Header.Set("Content-Type", json)
	endless.Header.Set("Authorization", "Bearer "+token)
	requireRefused(t, "endless body", plain.do(endless))

	require.Equal(t, before, state(), "a refused request changed something")
}

// zeros is a body that goes on and on.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte(" "), len(p))), nil }

func requireRefused(t *testing.T, name string, a answer) {
	t.Helper()
	require.NoError(t, a.err, name)
	require.GreaterOrEqual(t, a.status, 400, "%s: %s", name, a.body)
	require.Less(t, a.status, 500, "%s: %s", name, a.body)
	require.NotEmpty(t, a.code(), "%s: %s", name, a.body)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), name)
	for _, inner := range []string{"goroutine", "json:", "int64", "struct", "sql", "panic", "swiped", "pgx", "huma", ".go:"} {
		require.NotContains(t, strings.ToLower(string(a.body)), inner, name)
	}
}

// forgedTokens are tokens that must not open the door.
func forgedTokens() map[string]string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	sign := func(key, claims string) string {
		signed := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(claims)
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(signed))
		return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	claims := func(exp time.Time) string {
		return fmt.Sprintf(`{"iss":"swiper","sub":"1","iat":%d,"exp":%d}`, time.Now().Unix(), exp.Unix())
	}
	soon := time.Now().Add(time.Hour)
	return map[string]string{
		"no token":       "",
		"garbage":        "garbage",
		"another key":    sign("another key, thirty-two bytes long", claims(soon)),
		"expired":        sign(authKey, claims(time.Now().Add(-time.Hour))),
		"no expiry":      sign(authKey, `{"iss":"swiper","sub":"1"}`),
		"alg none":       part(`{"alg":"none"}`) + "." + part(claims(soon)) + ".",
		"nobody's":       sign(authKey, `{"iss":"swiper","sub":"999999","exp":4102444800}`),
		"subject a name": sign(authKey, `{"iss":"swiper","sub":"ann","exp":4102444800}`),
	}
}
