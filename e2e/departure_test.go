package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDeparture deletes an account: whoever does so is out and hidden at once,
// on every node, comes back by logging in, and is erased when the grace is over.
func TestDeparture(t *testing.T) {
	t.Parallel()
	c := startNodes(t, "static", 0)
	here, there := c.running[0], c.running[1]
	door := &client{http: newHTTPClient(), contract: readContract(t, here.HTTP), base: here.HTTP}
	t.Cleanup(door.http.CloseIdleConnections)
	const phone = "+8613800000031"
	hurryCodes(t, here)
	ann, created := enter(t, c.running, door, phone)
	require.True(t, created)
	friend := &client{http: door.http, contract: door.contract, base: there.HTTP, token: mint(t, here, 1, 1)[1]}
	say(t, ann.client, http.MethodPatch, "/v1/me", map[string]any{"nickname": "安", "bio": "hello"})
	meet(t, ann, friend)

	annThere := *ann.client
	annThere.base = there.HTTP
	require.Equal(t, http.StatusOK, say(t, &annThere, http.MethodGet, "/v1/me", nil).status, "known there, too")
	var accepted struct {
		TaskID string `json:"task_id"`
	}
	gone := say(t, ann.client, http.MethodDelete, "/v1/me", nil)
	require.Equal(t, http.StatusAccepted, gone.status, string(gone.body))
	gone.into(t, &accepted)
	require.NotEmpty(t, accepted.TaskID)
	for _, path := range []string{"/v1/me", "/v1/deck", "/v1/tasks/" + accepted.TaskID} {
		require.Equal(t, http.StatusUnauthorized, say(t, ann.client, http.MethodGet, path, nil).status, path)
	}
	require.Eventually(t, func() bool {
		return say(t, &annThere, http.MethodGet, "/v1/friends", nil).status == http.StatusUnauthorized
	}, 5*time.Second, 10*time.Millisecond, "signed out on the other node")
	require.NotContains(t, listed(t, friend), ann.uid)
	refused := say(t, friend, http.MethodGet, fmt.Sprintf("/v1/friends/%d", ann.uid), nil)
	require.Equal(t, "not_friends", string(refused.code()))

	doorThere := *door
	doorThere.base = there.HTTP
	back, created := enter(t, c.running, &doorThere, phone)
	require.False(t, created)
	require.Equal(t, ann.uid, back.uid)
	require.Contains(t, listed(t, friend), ann.uid)
	var me struct{ Nickname string }
	say(t, back.client, http.MethodGet, "/v1/me", nil).into(t, &me)
	require.Equal(t, "安", me.Nickname)
}

// TestErasure is the end of one who does not come back.
func TestErasure(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: append(s.flags(t), "--demo", "--accounts.grace", "0s")})
			door := &client{http: newHTTPClient(), contract: readContract(t, p.HTTP), base: p.HTTP}
			t.Cleanup(door.http.CloseIdleConnections)
			const phone = "+8613800000032"
			hurryCodes(t, p)
			ann, _ := enter(t, []*program{p}, door, phone)
			friend := &client{http: door.http, contract: door.contract, base: p.HTTP, token: mint(t, p, 1, 1)[1]}
			meet(t, ann, friend)
			require.Equal(t, http.StatusAccepted, say(t, ann.client, http.MethodDelete, "/v1/me", nil).status)
			require.Eventually(t, func() bool {
				var told struct {
					Events []struct {
						Kind string
						Data struct {
							UserID int64 `json:"user_id"`
						}
					}
				}
				say(t, friend, http.MethodGet, "/v1/events?after=0", nil).into(t, &told)
				last := told.Events[len(told.Events)-1]
				return last.Kind == "unmatched" && last.Data.UserID == ann.uid
			}, 30*time.Second, 50*time.Millisecond, "the friend is told")
			require.NotContains(t, listed(t, friend), ann.uid)
			require.Equal(t, http.StatusUnauthorized, say(t, ann.client, http.MethodGet, "/v1/me", nil).status)

			next, created := enter(t, []*program{p}, door, phone)
			require.True(t, created, "the number is free")
			require.NotEqual(t, ann.uid, next.uid)
		})
	}
}

// meet makes friends of ann and user 1 of the demonstration.
func meet(t *testing.T, ann guest, friend *client) {
	t.Helper()
	var outcome struct{ Matched bool }
	say(t, friend, http.MethodPost, "/v1/swipes", map[string]any{"user_id": ann.uid, "mark": "like"})
	say(t, ann.client, http.MethodPost, "/v1/swipes", map[string]any{"user_id": 1, "mark": "like"}).into(t, &outcome)
	require.True(t, outcome.Matched)
	require.Contains(t, listed(t, friend), ann.uid)
}

// listed gives the ids in somebody's list of friends.
func listed(t *testing.T, c *client) (ids []int64) {
	t.Helper()
	var got struct{ Friends []card }
	say(t, c, http.MethodGet, "/v1/friends?limit=100", nil).into(t, &got)
	for _, f := range got.Friends {
		ids = append(ids, int64(f.UserID))
	}
	return ids
}

// enter logs a phone in, by the code that one of the programs writes to its log.
func enter(t *testing.T, running []*program, door *client, phone string) (who guest, created bool) {
	t.Helper()
	sms := regexp.MustCompile(`(?m)^sms to=` + regexp.QuoteMeta(phone) + ` code=(\d{6})$`)
	codes := func() (found []string) {
		for _, p := range running {
			for _, match := range sms.FindAllStringSubmatch(p.logs.String(), -1) {
				found = append(found, match[1])
			}
		}
		return found
	}
	before := codes()
	require.Eventually(t, func() bool { // codes are some time apart
		return say(t, door, http.MethodPost, "/v1/auth/code", map[string]any{"phone": phone}).status == http.StatusAccepted
	}, 90*time.Second, 200*time.Millisecond)
	var fresh []string
	require.Eventually(t, func() bool {
		fresh = slices.DeleteFunc(codes(), func(code string) bool { return slices.Contains(before, code) })
		return len(fresh) > 0
	}, 20*time.Second, 10*time.Millisecond, "no code in the logs")
	var grant struct {
		UserID      int64  `json:"user_id"`
		NewUser     bool   `json:"new_user"`
		AccessToken string `json:"access_token"`
	}
	say(t, door, http.MethodPost, "/v1/auth/login", map[string]any{"phone": phone, "code": fresh[0]}).into(t, &grant)
	return guest{&client{http: door.http, contract: door.contract, base: door.base, token: grant.AccessToken}, grant.UserID}, grant.NewUser
}

// hurryCodes lets codes be asked for every second.
func hurryCodes(t *testing.T, p *program) {
	t.Helper()
	a := admin(t, p, http.MethodPut, "/admin/settings/login_code_interval", map[string]any{"value": 1})
	require.Equal(t, http.StatusOK, a.status, string(a.body))
}
