package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// keyedCall is call with Idempotency-Key headers.
func (b *bundle) keyedCall(t *testing.T, path, body string, keys ...string) (*http.Request, answer) {
	t.Helper()
	req := b.request(t, ada, http.MethodPost, path, body)
	for _, key := range keys {
		req.Header.Add("Idempotency-Key", key)
	}
	return req, b.send(t, req)
}

func TestKeyedRequestIsAnsweredAsStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	docs := []contract{loadContract(t, b), loadDocument(t, b, "/openapi-3.0.json")}
	for path, body := range map[string]string{"/v1/swipes": `{"user_id":2,"mark":"like"}`, "/v1/swipes/rewind": ""} {
		key := "a key ~" + path
		_, first := b.keyedCall(t, path, body, key)
		require.Equal(t, 200, first.StatusCode, "%s", first.body)
		require.Empty(t, first.Header.Values("Idempotency-Replayed"))
		b.fake.limit = 9
		changes := b.fake.all()
		for range 2 {
			req, again := b.keyedCall(t, path, body, key)
			require.Equal(t, 200, again.StatusCode)
			require.Equal(t, string(first.body), string(again.body))
			require.Equal(t, []string{"true"}, again.Header.Values("Idempotency-Replayed"))
			for _, doc := range docs {
				doc.require(t, req, again)
			}
		}
		require.Equal(t, changes, b.fake.all())
	}
	require.Len(t, b.fake.all(), 2)
}

// What counts is what is asked for, not how its JSON is written.
func TestKeyedRequestIsKnownByItsValues(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	_, first := b.keyedCall(t, "/v1/swipes", `{"user_id":2,"mark":"like"}`, "k")
	for _, same := range []string{
		`{"mark":"like","user_id":2}`, " {\n\t\"user_id\" : 2 , \"mark\" : \"like\" }\n", `{"user_id":2,"mark":"\u006cike"}`, `{"us\u0065r_id":2,"mark":"like"}`,
	} {
		_, a := b.keyedCall(t, "/v1/swipes", same, "k")
		require.Equal(t, 200, a.StatusCode, "%s: %s", same, a.body)
		require.Equal(t, string(first.body), string(a.body))
	}
	for _, other := range []string{
		`{"user_id":3,"mark":"like"}`, `{"user_id":2,"mark":"superlike"}`, `{"user_id":2,"mark":"dislike"}`,
		`{"user_id":9007199254740993,"mark":"like"}`,
	} {
		req, a := b.keyedCall(t, "/v1/swipes", other, "k")
		a.requireProblem(t, http.StatusUnprocessableEntity, social.CodeIdempotencyMismatch)
		doc.require(t, req, a)
	}
	req, a := b.keyedCall(t, "/v1/swipes/rewind", "", "k")
	a.requireProblem(t, http.StatusUnprocessableEntity, social.CodeIdempotencyMismatch)
	doc.require(t, req, a)
	require.Len(t, b.fake.all(), 1)
	_, a = b.keyedCall(t, "/v1/swipes", `{"user_id":9007199254740993,"mark":"like"}`, "large")
	require.Equal(t, 200, a.StatusCode)
	_, a = b.keyedCall(t, "/v1/swipes", `{"user_id":9007199254740992,"mark":"like"}`, "large")
	a.requireProblem(t, http.StatusUnprocessableEntity, social.CodeIdempotencyMismatch)
}

func TestMalformedKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := loadContract(t, b)
	for name, keys := range map[string][]string{
		"empty": {""}, "blank": {"   "}, "long": {strings.Repeat("k", 201)}, "not ASCII": {"schlüssel"}, "Latin-1": {"schl\xfcssel"},
		"a tab": {"a\tb"}, "twice": {"k", "k"}, "two": {"k", "l"}, "one and none": {"k", ""},
	} {
		for path, body := range map[string]string{"/v1/swipes": `{"user_id":2,"mark":"like"}`, "/v1/swipes/rewind": ""} {
			req, a := b.keyedCall(t, path, body, keys...)
			require.Equal(t, http.StatusBadRequest, a.StatusCode, "%s: %s", name, a.body)
			a.requireProblem(t, http.StatusBadRequest, social.CodeInvalidRequest)
			doc.require(t, req, a)
		}
	}
	require.Empty(t, b.fake.all())
	_, a := b.keyedCall(t, "/v1/swipes", `{"user_id":2,"mark":"like"}`, strings.Repeat("k", 200))
	require.Equal(t, 200, a.StatusCode)
	_, a = b.keyedCall(t, "/v1/swipes", `{"user_id":2,"mark":"like"}`, "!")
	require.Equal(t, 200, a.StatusCode)
}

// A refusal leaves the key free: it had no effect and is decided anew.
func TestRefusedRequestLeavesItsKeyFree(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, a := b.keyedCall(t, "/v1/swipes", `{"user_id":1,"mark":"like"}`, "k")
	a.requireProblem(t, http.StatusUnprocessableEntity, social.CodeSelfSwipe)
	_, a = b.keyedCall(t, "/v1/swipes", `{"user_id":2}`, "k")
	a.requireProblem(t, http.StatusUnprocessableEntity, social.CodeInvalidRequest)
	_, a = b.keyedCall(t, "/v1/swipes", `{"user_id":2,"mark":"like"}`, "k")
	require.Equal(t, 200, a.StatusCode)
}

func TestEveryKeyedOperationIsDocumented(t *testing.T) {
	t.Parallel()
	b := setup(t)
	served := b.call(t, 0, http.MethodGet, "/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
			Responses  map[string]struct {
				Headers map[string]any
			}
		}
	}
	require.NoError(t, json.Unmarshal(served.body, &doc))
	keyed := 0
	for path, operations := range doc.Paths {
		for method, op := range operations {
			takesKey := false
			for _, p := range op.Parameters {
				takesKey = takesKey || (p.Name == "Idempotency-Key" && p.In == "header")
			}
			require.Equal(t, method == "post" && !strings.HasPrefix(path, "/v1/auth/"), takesKey, "%s %s", method, path)
			if takesKey {
				keyed++
				require.Contains(t, op.Responses["200"].Headers, "Idempotency-Replayed")
			}
		}
	}
	require.Equal(t, 2, keyed)
}
