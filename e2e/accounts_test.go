package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAccounts walks in by phone, as two people who come to the app: each asks
// for a code, reads it (here: in the log), logs in, fills in a profile; they
// meet in the deck and match. A logout is in force at once.
func TestAccounts(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: s.flags(t)})
			door := &client{http: newHTTPClient(), contract: readContract(t, p.HTTP), base: p.HTTP}
			ann := comeIn(t, p, door, "138 0000 0001", "+8613800000001")
			bob := comeIn(t, p, door, "+86 138-0000-0002", "+8613800000002")

			var deck struct {
				Cards   []card
				Missing []string
			}
			say(t, ann.client, http.MethodGet, "/v1/deck", nil).into(t, &deck)
			require.Empty(t, deck.Cards)
			require.Contains(t, deck.Missing, "birthday", "an empty deck tells what the profile lacks")

			profile := func(nickname, sex, wants string) map[string]any {
				return map[string]any{
					"nickname": nickname, "sex": sex, "birthday": "1996-05-04", "location": "Hangzhou",
					"dating_sex": wants, "min_dating_age": 20, "max_dating_age": 60,
				}
			}
			require.Equal(t, http.StatusOK, say(t, ann.client, http.MethodPatch, "/v1/me", profile("安", "female", "male")).status)
			require.Equal(t, http.StatusOK, say(t, bob.client, http.MethodPatch, "/v1/me", profile("Bob", "male", "any")).status)
			for who, other := range map[guest]guest{ann: bob, bob: ann} {
				say(t, who.client, http.MethodGet, "/v1/deck", nil).into(t, &deck)
				require.Len(t, deck.Cards, 1)
				require.Equal(t, other.uid, int64(deck.Cards[0].UserID))
			}
			var outcome struct{ Matched bool }
			say(t, ann.client, http.MethodPost, "/v1/swipes", map[string]any{"user_id": bob.uid, "mark": "like"}).into(t, &outcome)
			require.False(t, outcome.Matched)
			say(t, bob.client, http.MethodPost, "/v1/swipes", map[string]any{"user_id": ann.uid, "mark": "like"}).into(t, &outcome)
			require.True(t, outcome.Matched)

			require.Equal(t, http.StatusNoContent, say(t, bob.client, http.MethodPost, "/v1/auth/logout", nil).status)
			require.Equal(t, http.StatusUnauthorized, say(t, bob.client, http.MethodGet, "/v1/me", nil).status)
			require.Equal(t, http.StatusOK, say(t, ann.client, http.MethodGet, "/v1/me", nil).status)
		})
	}
}

// guest is someone who has logged in.
type guest struct {
	*client
	uid int64
}

// comeIn logs a new person in: phone as typed, and as the provider is told it.
func comeIn(t *testing.T, p *program, door *client, typed, called string) guest {
	t.Helper()
	asked := say(t, door, http.MethodPost, "/v1/auth/code", map[string]any{"phone": typed})
	require.Equal(t, http.StatusAccepted, asked.status, string(asked.body))
	sms := regexp.MustCompile(`(?m)^sms to=` + regexp.QuoteMeta(called) + ` code=(\d{6})$`)
	var code string
	require.Eventually(t, func() bool {
		found := sms.FindStringSubmatch(p.logs.String())
		if found != nil {
			code = found[1]
		}
		return found != nil
	}, 5*time.Second, 10*time.Millisecond, "no code in the log")

	wrong := say(t, door, http.MethodPost, "/v1/auth/login", map[string]any{"phone": typed, "code": anotherThan(code)})
	require.Equal(t, http.StatusUnauthorized, wrong.status)
	require.Equal(t, "code_invalid", string(wrong.code()))
	var grant struct {
		UserID      int64  `json:"user_id"`
		NewUser     bool   `json:"new_user"`
		AccessToken string `json:"access_token"`
	}
	login := map[string]any{"phone": typed, "code": code}
	say(t, door, http.MethodPost, "/v1/auth/login", login).into(t, &grant)
	require.True(t, grant.NewUser)
	again := say(t, door, http.MethodPost, "/v1/auth/login", login)
	require.Equal(t, http.StatusUnauthorized, again.status, "a code is good once")
	return guest{&client{http: door.http, contract: door.contract, base: door.base, token: grant.AccessToken}, grant.UserID}
}

// anotherThan gives another code than the right one.
func anotherThan(code string) string {
	var n int
	_, _ = fmt.Sscanf(code, "%d", &n)
	return fmt.Sprintf("%06d", (n+1)%1_000_000)
}

// say sends one request and requires an answer that a healthy server may give.
func say(t *testing.T, c *client, method, path string, body any) answer {
	t.Helper()
	a := c.call(t.Context(), method, path, body)
	require.NoError(t, a.sound())
	return a
}
