package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDemoAnswers comes to a demonstration by phone and likes who is dealt: a
// match comes within a minute, and someone likes unasked.
func TestDemoAnswers(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--demo", "--data.dir", t.TempDir()}})
	door := &client{http: newHTTPClient(), contract: readContract(t, p.HTTP), base: p.HTTP}
	defer door.http.CloseIdleConnections()
	ann := comeIn(t, p, door, "13900000001", "+8613900000001")
	var inbox struct{ Messages []struct{ Code string } }
	say(t, door, http.MethodGet, "/demo/inbox?phone=13900000001", nil).into(t, &inbox)
	require.Len(t, inbox.Messages, 1)
	require.Equal(t, http.StatusOK, say(t, ann.client, http.MethodPatch, "/v1/me", map[string]any{
		"nickname": "Ann", "sex": "female", "birthday": "2000-05-04", "location": "上海",
		"dating_sex": "any", "min_dating_age": 18, "max_dating_age": 45,
	}).status)
	var deck struct{ Cards []card }
	say(t, ann.client, http.MethodGet, "/v1/deck", nil).into(t, &deck)
	require.NotEmpty(t, deck.Cards)
	var likes struct{ Users []card }
	require.True(t, poll(t.Context(), time.Minute, func() bool {
		say(t, ann.client, http.MethodGet, "/v1/likes", nil).into(t, &likes)
		return len(likes.Users) > 0
	}), "nobody likes a newcomer")

	for _, c := range deck.Cards[:6] {
		require.Equal(t, http.StatusOK, say(t, ann.client, http.MethodPost, "/v1/swipes", map[string]any{"user_id": c.UserID, "mark": "like"}).status)
	}
	var events struct{ Events []struct{ Kind string } }
	require.True(t, poll(t.Context(), time.Minute, func() bool {
		say(t, ann.client, http.MethodGet, "/v1/events?after=0", nil).into(t, &events)
		return len(events.Events) > 0
	}), "no match within a minute")
	require.Equal(t, "match", events.Events[0].Kind)

	// Made-up people who are swiped for are not answered.
	bob := &client{http: door.http, contract: door.contract, base: p.HTTP, token: mint(t, p, 1, 1)[1]}
	say(t, bob, http.MethodGet, "/v1/deck", nil).into(t, &deck)
	say(t, bob, http.MethodPost, "/v1/swipes", map[string]any{"user_id": deck.Cards[0].UserID, "mark": "like"})
	var friends struct{ Friends []card }
	say(t, bob, http.MethodGet, "/v1/friends", nil).into(t, &friends)
	require.Empty(t, friends.Friends)
}

// TestWithoutDemoNobodyAnswers requires that a server that is no demonstration
// shows the page, but no codes, and that nobody swipes there by itself.
func TestWithoutDemoNobodyAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := command(t, "seed", "--users", "300", "--locations", "1", "--data.dir", dir)
	require.NoError(t, err)
	p := start(t, startOptions{flags: []string{"--data.dir", dir}})
	door := &client{http: newHTTPClient(), base: p.HTTP}
	defer door.http.CloseIdleConnections()
	page := say(t, door, http.MethodGet, "/", nil)
	require.Equal(t, http.StatusOK, page.status)
	require.NotContains(t, string(page.body), "data-demo")
	require.Equal(t, http.StatusNotFound, door.call(t.Context(), http.MethodGet, "/demo/inbox?phone=13900000001", nil).status)
	ann := comeIn(t, p, door, "13900000001", "+8613900000001")
	say(t, ann.client, http.MethodPatch, "/v1/me", map[string]any{
		"nickname": "Ann", "sex": "female", "birthday": "2000-05-04", "location": "上海",
		"dating_sex": "any", "min_dating_age": 18, "max_dating_age": 45,
	})
	var deck struct{ Cards []card }
	say(t, ann.client, http.MethodGet, "/v1/deck", nil).into(t, &deck)
	require.NotEmpty(t, deck.Cards)
	for _, c := range deck.Cards {
		say(t, ann.client, http.MethodPost, "/v1/swipes", map[string]any{"user_id": c.UserID, "mark": "like"})
	}
	swiped := poll(t.Context(), 6*time.Second, func() bool {
		var likes struct{ Users []card }
		var friends struct{ Friends []card }
		say(t, ann.client, http.MethodGet, "/v1/likes", nil).into(t, &likes)
		say(t, ann.client, http.MethodGet, "/v1/friends", nil).into(t, &friends)
		return len(likes.Users)+len(friends.Friends) > 0
	})
	require.False(t, swiped, "somebody swiped")
}
