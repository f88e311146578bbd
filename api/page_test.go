package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// walk reads a list to its end and gives the ids in order.
func (b *bundle) walk(t *testing.T, list, field string, limit int) []float64 {
	t.Helper()
	var ids []float64
	cursor := ""
	for {
		a := b.call(t, ada, "GET", fmt.Sprintf("/v1/%s?limit=%d%s", list, limit, cursor), "")
		require.Equal(t, 200, a.StatusCode, "%s", a.body)
		page := a.json(t)
		for _, c := range page[field].([]any) {
			ids = append(ids, c.(map[string]any)["user_id"].(float64))
		}
		next, ok := page["next_cursor"].(string)
		if !ok {
			return ids
		}
		cursor = "&cursor=" + url.QueryEscape(next)
	}
}

func TestListsPageToTheirEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.friends, b.fake.likes = 25, 25
	var want []float64
	for i := range 25 {
		want = append(want, float64(2+i))
	}
	for _, limit := range []int{1, 5, 7, 24, 25, 26, 100} {
		require.Equal(t, want, b.walk(t, "friends", "friends", limit))
		require.Equal(t, want, b.walk(t, "likes", "users", limit))
	}
	b.fake.friends = 0
	require.JSONEq(t, `{"friends":[],"next_cursor":null}`, string(b.call(t, ada, "GET", "/v1/friends", "").body))
	b.fake.likes = 30
	require.Len(t, b.call(t, ada, "GET", "/v1/likes", "").json(t)["users"], 20, "20 unless told")
}

func TestDeckLimitIsTheRulesUnlessGiven(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/deck", "").StatusCode)
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/deck?limit=100", "").StatusCode)
	require.Equal(t, []int{0, 100}, b.fake.deals)
	require.Equal(t, []any{}, b.call(t, bob, "GET", "/v1/deck", "").json(t)["cards"])
}

// A cursor is good for the list and the user it was made for, as it was made.
func TestForeignCursors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.friends, b.fake.likes = 5, 5
	cursor, ok := b.call(t, ada, "GET", "/v1/friends?limit=2", "").json(t)["next_cursor"].(string)
	require.True(t, ok)
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/friends?cursor="+cursor, "").StatusCode)
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/friends?cursor=", "").StatusCode, "an empty cursor is the start")
	b.call(t, ada, "GET", "/v1/likes?cursor="+cursor, "").requireProblem(t, 400, social.CodeInvalidRequest)
	b.call(t, bob, "GET", "/v1/friends?cursor="+cursor, "").requireProblem(t, 400, social.CodeInvalidRequest)

	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	require.NoError(t, err)
	for i := range raw {
		changed := append([]byte(nil), raw...)
		changed[i] ^= 1
		b.call(t, ada, "GET", "/v1/friends?cursor="+base64.RawURLEncoding.EncodeToString(changed), "").
			requireProblem(t, 400, social.CodeInvalidRequest)
	}
	for _, s := range []string{cursor + "A", cursor[1:], cursor + "=", "%20" + cursor, cursor + "%0a"} {
		b.call(t, ada, "GET", "/v1/friends?cursor="+s, "").requireProblem(t, 400, social.CodeInvalidRequest)
	}
}

func FuzzCursor(f *testing.F) {
	b := setupHandler(f)
	f.Add("")
	f.Add("AAAA")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return // no cursor: the first page
		}
		req := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/likes?cursor="+url.QueryEscape(s), nil)
		token, err := b.tokens.Mint(ada, time.Minute)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		b.h.ServeHTTP(rec, req)
		require.Equal(t, 400, rec.Code)
	})
}
