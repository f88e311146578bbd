package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// sign makes a token of any header and claims, rightly signed with the key.
func sign(key []byte, header, claims string) string {
	h := hmac.New(sha256.New, key)
	signed := b64(header) + "." + b64(claims)
	h.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

const (
	hs256 = `{"alg":"HS256","typ":"JWT"}`
	exp   = `"exp":1795439000` // some hours behind noon
)

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	key := bytes.Repeat([]byte("k"), 32)
	good := b.token(t, ada)
	parts := strings.Split(good, ".")
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/me", "").StatusCode)
	for name, header := range map[string]string{
		"none at all":       "",
		"empty bearer":      "Bearer ",
		"no scheme":         good,
		"basic":             "Basic " + good,
		"garbage":           "Bearer garbage",
		"dots":              "Bearer ..",
		"other key":         "Bearer " + sign([]byte("another key, long enough for HMAC"), hs256, `{"iss":"swiper","sub":"1",`+exp+`}`),
		"alg none":          "Bearer " + b64(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + ".",
		"alg None signed":   "Bearer " + sign(key, `{"alg":"None"}`, `{"iss":"swiper","sub":"1",`+exp+`}`),
		"alg HS512":         "Bearer " + sign(key, `{"alg":"HS512"}`, `{"iss":"swiper","sub":"1",`+exp+`}`),
		"no alg":            "Bearer " + sign(key, `{"typ":"JWT"}`, `{"iss":"swiper","sub":"1",`+exp+`}`),
		"expired":           "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"1","exp":1000000000}`),
		"expires now":       "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"1","exp":1795348800}`),
		"no expiry":         "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"1"}`),
		"expiry text":       "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"1","exp":"never"}`),
		"not yet":           "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"1","nbf":1795439000,`+exp+`}`),
		"other issuer":      "Bearer " + sign(key, hs256, `{"iss":"other","sub":"1",`+exp+`}`),
		"no issuer":         "Bearer " + sign(key, hs256, `{"sub":"1",`+exp+`}`),
		"no subject":        "Bearer " + sign(key, hs256, `{"iss":"swiper",`+exp+`}`),
		"subject 0":         "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"0",`+exp+`}`),
		"subject -1":        "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"-1",`+exp+`}`),
		"subject number":    "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":1,`+exp+`}`),
		"subject words":     "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"ada",`+exp+`}`),
		"subject too large": "Bearer " + sign(key, hs256, `{"iss":"swiper","sub":"9223372036854775808",`+exp+`}`),
		"claims cut":        "Bearer " + parts[0] + "." + parts[1][:len(parts[1])-2] + "." + parts[2],
		"signature cut":     "Bearer " + good[:len(good)-1],
		"padded":            "Bearer " + good + "=",
		"trailing":          "Bearer " + good + " x",
		"claims swapped":    "Bearer " + parts[0] + "." + strings.Split(b.token(t, bob), ".")[1] + "." + parts[2],
		"huge":              "Bearer " + strings.Repeat("a", 20000),
	} {
		for _, c := range calls() {
			req := b.request(t, 0, c.method, c.path, c.body)
			if header != "" {
				req.Header.Set("Authorization", header)
			}
			a := b.send(t, req)
			require.Equal(t, 401, a.StatusCode, name)
			a.requireProblem(t, 401, social.CodeUnauthenticated)
			require.Contains(t, a.Header.Get("WWW-Authenticate"), "Bearer", name)
			doc.require(t, req, a)
		}
	}
	require.Empty(t, b.fake.all())
	require.NotContains(t, b.log.String(), "secret")
}

func TestTwoAuthorizationsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := b.request(t, ada, "GET", "/v1/me", "")
	req.Header.Add("Authorization", "Bearer "+b.token(t, bob))
	b.send(t, req).requireProblem(t, 401, social.CodeUnauthenticated)
}

// A token outlives its user: whatever is called, there is no such caller.
func TestTokenOfNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	for _, c := range calls() {
		if c.path == "/v1/swipes" || c.path == "/v1/auth/logout" {
			continue // the store itself refuses an unknown swiper; whoever leaves need not exist
		}
		req := b.request(t, nobody, c.method, c.path, c.body)
		a := b.send(t, req)
		a.requireProblem(t, 401, social.CodeUnauthenticated)
		doc.require(t, req, a)
	}
	require.Empty(t, b.fake.all())
}
