package e2e_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheLogKeepsSecrets drives the program with recognisable phones, codes and
// tokens, in the right places and the wrong ones, and looks for them in
// everything it logged. The console provider's own line is the one exception.
func TestTheLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	var (
		mu    sync.Mutex
		lines []string
		codes = make(chan string, 10)
		sent  = regexp.MustCompile(`^sms to=(\S+) code=(\d{6})$`)
	)
	p := start(t, startOptions{
		flags: []string{"--demo", "--data.dir", t.TempDir(), "--auth.key", authKey, "--log.level", "debug"},
		log: func(line string) {
			if m := sent.FindStringSubmatch(line); m != nil {
				codes <- m[2]
				return
			}
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, line)
		},
	})
	c := &client{http: newHTTPClient(), base: p.HTTP}
	t.Cleanup(c.http.CloseIdleConnections)
	post := func(path string, body any) answer { return c.call(t.Context(), http.MethodPost, path, body) }
	get := func(path string) { c.call(t.Context(), http.MethodGet, path, nil) }

	const local = "13912345678"
	phone := "+86" + local
	a := post("/v1/auth/code", map[string]any{"phone": phone})
	require.Equal(t, http.StatusAccepted, a.status, string(a.body))
	var code string
	select {
	case code = <-codes:
	case <-time.After(10 * time.Second):
		require.Fail(t, "no code was sent")
	}
	const wrong = "908172"
	for _, body := range []map[string]any{
		{"phone": phone, "code": wrong},
		{"phone": phone, "code": code + "0"},
		{"phone": phone, "code": code, "vip": true},
		{"phone": []string{phone}, "code": code},
	} {
		a = post("/v1/auth/login", body)
		require.Contains(t, []int{400, 401, 422}, a.status, string(a.body))
	}
	a = post("/v1/auth/login", map[string]any{"phone": phone, "code": code})
	var grant struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	a.into(t, &grant)
	a = post("/v1/auth/refresh", map[string]any{"refresh_token": grant.RefreshToken})
	first := grant
	a.into(t, &grant)
	c.token = grant.AccessToken
	get("/v1/me")
	get("/v1/me?access_token=" + c.token)
	get("/v1/" + c.token)
	get("/v1/friends/" + local)
	get("/v1/friends/" + c.token)
	get("/v1/login/" + phone + "/" + code)
	get("/demo/inbox?phone=" + url.QueryEscape(phone))
	c.call(t.Context(), "CODE-"+wrong, "/v1/me", nil)
	admin(t, p, http.MethodPut, "/admin/settings/"+phone, map[string]any{"value": code})
	admin(t, p, http.MethodGet, "/admin/actors/user/"+phone, nil)
	post("/v1/auth/logout", nil)
	get("/v1/me")
	c.token = ""
	post("/v1/auth/refresh", map[string]any{"refresh_token": first.RefreshToken})
	post("/v1/auth/refresh", map[string]any{"refresh_token": grant.RefreshToken})
	p.stop()

	secrets := []string{local, authKey}
	for _, token := range []string{first.AccessToken, grant.AccessToken, first.RefreshToken, grant.RefreshToken} {
		require.NotEmpty(t, token)
		parts := strings.FieldsFunc(token, func(r rune) bool { return r == '.' })
		secrets = append(secrets, parts[len(parts)-1]) // what makes it good
	}
	require.Greater(t, len(lines), 20)
	asCode := regexp.MustCompile(`(^|\D)(` + code + `|` + wrong + `)(\D|$)`) // not in the middle of a time
	for _, line := range lines {
		require.NotRegexp(t, asCode, line)
		for _, secret := range secrets {
			require.NotContains(t, line, secret)
		}
	}
	require.True(t, slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, `"path":"/v1/auth/login"`) }))
}
