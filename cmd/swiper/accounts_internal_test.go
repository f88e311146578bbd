package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// person is somebody who came in by phone.
type person struct {
	UserID       int64  `json:"user_id"`
	NewUser      bool   `json:"new_user"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	code         string
}

// comeIn logs somebody in with the code from the inbox of the demonstration.
func comeIn(t *testing.T, s server, phone string) person {
	t.Helper()
	status, answer := call(t, http.MethodPost, s.http+"/v1/auth/code", "", fmt.Sprintf(`{"phone":%q}`, phone))
	require.Equal(t, http.StatusAccepted, status, answer)
	require.JSONEq(t, `{"retry_after":60}`, answer)
	status, answer = call(t, http.MethodGet, s.http+"/demo/inbox?phone="+phone, "", "")
	require.Equal(t, http.StatusOK, status, answer)
	var inbox struct {
		Messages []struct{ Code string }
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &inbox))
	require.Len(t, inbox.Messages, 1)
	p := person{code: inbox.Messages[0].Code}
	status, answer = call(t, http.MethodPost, s.http+"/v1/auth/login", "", fmt.Sprintf(`{"phone":%q,"code":%q}`, phone, p.code))
	require.Equal(t, http.StatusOK, status, answer)
	require.NoError(t, json.Unmarshal([]byte(answer), &p))
	return p
}

func TestComingInByPhone(t *testing.T) {
	t.Parallel()
	alone(t)
	dir := t.TempDir()
	s := serving(t, dir, "--demo")
	ann, bob := comeIn(t, s, "13900000001"), comeIn(t, s, "+8613900000002")
	require.True(t, ann.NewUser)
	require.Equal(t, []int64{2001, 2002}, []int64{ann.UserID, bob.UserID}, "behind the made-up people")

	status, answer := call(t, http.MethodGet, s.http+"/v1/deck", ann.AccessToken, "")
	require.Equal(t, http.StatusOK, status, answer)
	require.JSONEq(t, `{"cards":[],"missing":["nickname","sex","birthday","location","dating_sex","min_dating_age","max_dating_age"]}`, answer)
	for _, p := range []person{ann, bob} {
		status, answer = call(t, http.MethodPatch, s.http+"/v1/me", p.AccessToken, `{"nickname":"New","sex":"other","birthday":"1998-04-02",
			"location":"a place of their own","dating_sex":"any","min_dating_age":18,"max_dating_age":99}`)
		require.Equal(t, http.StatusOK, status, answer)
		require.Contains(t, answer, `"phone":"+86139****000`)
		require.Contains(t, answer, `"missing":[]`)
	}
	_, answer = call(t, http.MethodGet, s.http+"/v1/deck", ann.AccessToken, "")
	require.Contains(t, answer, `"user_id":2002`, "they meet")
	_, answer = call(t, http.MethodPost, s.http+"/v1/swipes", ann.AccessToken, `{"user_id":2002,"mark":"like"}`)
	require.Contains(t, answer, `"matched":false`)
	_, answer = call(t, http.MethodPost, s.http+"/v1/swipes", bob.AccessToken, `{"user_id":2001,"mark":"like"}`)
	require.Contains(t, answer, `"matched":true`)

	status, answer = call(t, http.MethodPost, s.http+"/v1/auth/code", "", `{"phone":"13900000001"}`)
	require.Equal(t, http.StatusTooManyRequests, status, answer)
	status, answer = call(t, http.MethodPost, s.http+"/v1/auth/refresh", "", fmt.Sprintf(`{"refresh_token":%q}`, ann.RefreshToken))
	require.Equal(t, http.StatusOK, status, answer)
	var again person
	require.NoError(t, json.Unmarshal([]byte(answer), &again))
	status, answer = call(t, http.MethodPost, s.http+"/v1/auth/logout", again.AccessToken, "")
	require.Equal(t, http.StatusNoContent, status, answer)
	for _, token := range []string{ann.AccessToken, again.AccessToken} {
		status, answer = call(t, http.MethodGet, s.http+"/v1/me", token, "")
		require.Equal(t, http.StatusUnauthorized, status, answer)
	}

	require.Eventually(t, func() bool { return len(ownLines().FindAllString(s.log.String(), -1)) == 2 }, 30*time.Second, 5*time.Millisecond,
		"codes are sent a moment after they were asked for")
	s.stop()
	requireSilentLog(t, s.log.String(), ann, bob, again)
	later := serving(t, dir)
	status, answer = call(t, http.MethodGet, later.http+"/v1/me", bob.AccessToken, "")
	require.Equal(t, http.StatusOK, status, answer)
	require.Contains(t, answer, `"phone":"+86139****0002"`, "the key has been kept")
	status, _ = call(t, http.MethodGet, later.http+"/demo/inbox?phone=13900000001", "", "")
	require.Equal(t, http.StatusNotFound, status, "there is no inbox without a demonstration")
}

// ownLines are those by which the console sends codes.
func ownLines() *regexp.Regexp { return regexp.MustCompile(`(?m)^sms to=\+86139\d{8} code=\d{6}$`) }

// requireSilentLog looks for what a log must not show, but in the console's own lines.
func requireSilentLog(t *testing.T, log string, people ...person) {
	t.Helper()
	own := ownLines()
	require.Len(t, own.FindAllString(log, -1), 2, "plain lines in a log of JSON")
	log = own.ReplaceAllString(log, "")
	require.NotContains(t, log, "1390000000")
	for _, p := range people {
		for _, secret := range []string{p.AccessToken, p.RefreshToken, strings.Split(p.AccessToken, ".")[2]} {
			require.NotContains(t, log, secret)
		}
		if p.code != "" {
			require.NotContains(t, log, `"`+p.code+`"`)
		}
	}
}
