package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/social"
)

// bench is a client of a server that answers as told.
type bench struct {
	*client.Client
	history checker.History
	base    string

	mu      sync.Mutex
	samples []measure.Sample
}

func setup(t *testing.T, h http.HandlerFunc) *bench {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return connect(t, s.URL)
}

func connect(t *testing.T, base string) *bench {
	t.Helper()
	b := &bench{base: base}
	ring := &client.Keyring{}
	ring.Put(1, "one")
	var err error
	b.Client, err = client.New(client.Options{
		Targets: []string{base}, Tokens: ring, History: &b.history,
		Observe: func(s measure.Sample) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.samples = append(b.samples, s)
		},
	})
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}

func always(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestAnswersOfASwipe(t *testing.T) {
	t.Parallel()
	const granted = `{"user_id":2,"mark":"like","matched":true,"repeated":false}`
	type want struct {
		code    social.Code // as noted
		outcome string
		passing bool
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   want
	}{
		"granted":          {always(200, granted), want{"", "ok", false}},
		"refused":          {always(409, `{"code":"already_swiped"}`), want{social.CodeAlreadySwiped, "already_swiped", false}},
		"out of quota":     {always(429, `{"code":"like_quota_exceeded"}`, "Retry-After", "9000"), want{social.CodeLikeQuotaExceeded, "like_quota_exceeded", false}},
		"too many":         {always(429, `{"code":"rate_limited"}`, "Retry-After", "2"), want{social.CodeRateLimited, "rate_limited", true}},
		"overloaded":       {always(503, `{"code":"overloaded"}`, "Retry-After", "2"), want{social.CodeOverloaded, "overloaded", true}},
		"unavailable":      {always(503, `{"code":"unavailable"}`), want{checker.Unknown, "unavailable", true}},
		"timeout there":    {always(504, `{"code":"timeout"}`), want{checker.Unknown, "timeout", true}},
		"internal":         {always(500, `{"code":"internal"}`), want{checker.Unknown, "internal", true}},
		"a proxy's page":   {always(502, `<html>`), want{checker.Unknown, "http_502", true}},
		"somebody's 404":   {always(404, `<html>`), want{"http_404", "http_404", false}},
		"another's answer": {always(200, `{"user_id":3,"mark":"like"}`), want{checker.Unknown, "unreadable", true}},
		"no JSON":          {always(200, `{"user_id":`), want{checker.Unknown, "unreadable", true}},
		"cut off": {func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}, want{checker.Unknown, "connection", true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.answer)
			a := b.Swipe(client.How{Couple: true}, 1, 2, social.MarkLike)
			require.Equal(t, c.want.outcome, a.Outcome)
			require.Equal(t, c.want.passing, a.Passing())
			require.Equal(t, c.want.code == "", a.OK())
			require.Equal(t, c.want.code == checker.Unknown, a.Unknown())
			ops := b.history.Ops()
			require.Len(t, ops, 1)
			require.Equal(t, c.want.code, ops[0].Code)
			require.True(t, ops[0].Couple)
			require.Equal(t, c.want.code == "", ops[0].Matched)
			require.Less(t, ops[0].Call, ops[0].Return)
			require.Len(t, b.samples, 1)
			require.Equal(t, c.want.outcome, b.samples[0].Outcome)
		})
	}
}

func TestRetryAfterIsTold(t *testing.T) {
	t.Parallel()
	b := setup(t, always(503, `{"code":"overloaded"}`, "Retry-After", "2"))
	a := b.Swipe(client.How{}, 1, 2, social.MarkLike)
	require.Equal(t, 2*time.Second, a.RetryAfter)
}

func TestImpatienceLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	b := setup(t, func(http.ResponseWriter, *http.Request) { <-hold })
	t.Cleanup(func() { close(hold) })
	a := b.Rewind(client.How{Timeout: 20 * time.Millisecond, Key: "k"}, 1)
	require.True(t, a.Unknown())
	require.Equal(t, "timeout", a.Outcome)
	require.Equal(t, "k", b.history.Ops()[0].Key)
}

func TestWhatCouldNotBeSentDidNotHappen(t *testing.T) {
	t.Parallel()
	b := connect(t, "http://127.0.0.1:1")
	a := b.Swipe(client.How{}, 1, 2, social.MarkLike)
	require.Equal(t, client.NotSent, b.history.Ops()[0].Code)
	require.Equal(t, "connection", a.Outcome)
	require.False(t, a.Unknown())
	require.True(t, a.Busy())
}

func TestRequestsAreAsAgreedOn(t *testing.T) {
	t.Parallel()
	var got []string
	b := setup(t, func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 100)
		n, _ := r.Body.Read(body)
		got = append(got, fmt.Sprintf("%s %s %s %s %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key"), body[:n]))
		w.Header().Set("Idempotency-Replayed", "true")
		fmt.Fprint(w, `{"user_id":2,"mark":"superlike","unmatched":true}`)
	})
	b.Swipe(client.How{Key: "a"}, 1, 2, social.MarkSuperlike)
	rewound := b.Rewind(client.How{Key: "b", Misused: true}, 1)
	b.Unfriend(client.How{}, 1, 2)
	require.Equal(t, []string{
		`POST /v1/swipes Bearer one a {"user_id":2,"mark":"superlike"}`,
		`POST /v1/swipes/rewind Bearer one b `,
		`DELETE /v1/friends/2 Bearer one  `,
	}, got)
	require.Equal(t, checker.Op{
		Kind: checker.Rewind, UID: 1, SID: 2, Mark: social.MarkSuperlike, Unmatched: true, Replayed: true,
		Call: rewound.Op.Call, Return: rewound.Op.Return,
	}, rewound.Op, "a misused key is not noted")
}

func TestListsAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	b := setup(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("cursor") {
		case "":
			fmt.Fprint(w, `{"friends":[{"user_id":5},{"user_id":3}],"next_cursor":"a b"}`)
		case "a b":
			fmt.Fprint(w, `{"friends":[{"user_id":9}],"next_cursor":null}`)
		default:
			http.Error(w, "no such page", http.StatusTeapot)
		}
	})
	a := b.Friends(client.How{}, 1)
	require.True(t, a.OK())
	require.Equal(t, []social.UserID{5, 3, 9}, a.Op.List)
	require.Equal(t, []checker.Op{a.Op}, b.history.Ops())
	require.Len(t, b.samples, 2)
}

func TestAListWithoutItsEndIsNotNoted(t *testing.T) {
	t.Parallel()
	b := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("cursor") {
			always(503, `{"code":"overloaded"}`)(w, r)
			return
		}
		fmt.Fprint(w, `{"users":[{"user_id":5}],"next_cursor":"a"}`)
	})
	a := b.Likes(client.How{}, 1)
	require.False(t, a.OK())
	require.Empty(t, b.history.Ops())
}

func TestNotFriendsIsAnAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t, always(404, `{"code":"not_friends"}`))
	a := b.IsFriend(client.How{}, 1, 2)
	require.True(t, a.OK())
	require.Equal(t, []checker.Op{a.Op}, b.history.Ops())
	require.False(t, a.Op.Matched)
	require.Equal(t, "not_friends", b.samples[0].Outcome)
}

func TestEventsGoOnFromWhereTheyStopped(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"0":  `{"events":[{"id":7,"kind":"match","data":{"user_id":2}}],"next":"c1"}`,
		"c1": `{"events":[],"next":"c2"}`,
		"c2": `{"events":[{"id":"x9","kind":"unmatched","data":{"user_id":2}}],"next":"c3"}`,
		"c3": `{"events":[],"next":"c3"}`,
	}
	b := setup(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, pages[r.URL.Query().Get("after")]) })
	var feed client.Feed
	for range 2 {
		a := b.ReadEvents(client.How{}, 1, &feed)
		require.True(t, a.OK())
	}
	require.True(t, feed.AtEnd())
	require.Empty(t, b.history.Ops(), "nothing is noted before the end of all")
	a := b.Events(client.How{Probe: true}, 1, &feed)
	require.Equal(t, []checker.Event{{ID: "7", Kind: "match", Other: 2}, {ID: "x9", Kind: "unmatched", Other: 2}}, a.Op.Events)
	require.Len(t, b.history.Ops(), 1)
}

func TestTargetsMustBeURLs(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"", "example.com", "ftp://example.com", "http://", "http://example.com/v1", "http://exa mple"} {
		_, err := client.New(client.Options{Targets: []string{target}, Tokens: &client.Keyring{}, History: &checker.History{}})
		require.Error(t, err, target)
	}
}
