package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// client speaks to one node's public listener as one user.
type client struct {
	http     *http.Client
	contract *contract
	base     string
	token    string
	key      string // the Idempotency-Key of what is sent; "": none
}

// answer is what came back; err is set when nothing did.
type answer struct {
	err    error
	status int
	header http.Header
	body   []byte
	broken error // how the answer breaks the OpenAPI document
}

// code gives the refusal's code, "" for a success.
func (a answer) code() social.Code {
	if a.status < 300 {
		return ""
	}
	var problem struct{ Code social.Code }
	_ = json.Unmarshal(a.body, &problem)
	return problem.Code
}

// into reads a success; anything else fails the test without ending the
// goroutine, which need not be the test's.
func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if a.err != nil || a.status >= 300 {
		t.Errorf("no success: %d %s %v", a.status, a.body, a.err)
		return
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Errorf("%v: %s", err, a.body)
	}
}

func (c *client) call(ctx context.Context, method, path string, body any) answer {
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{err: err}
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return answer{err: err}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.key != "" {
		req.Header.Set("Idempotency-Key", c.key)
	}
	return c.do(req)
}

func (c *client) do(req *http.Request) answer {
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{err: err}
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: raw}
	if c.contract != nil {
		a.broken = c.contract.check(req.Context(), req, resp, raw)
	}
	return a
}

func newHTTPClient() *http.Client {
	return &http.Client{
		Timeout:   60 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 512, MaxConnsPerHost: 512, IdleConnTimeout: 90 * time.Second},
	}
}

// admin speaks to a node's admin listener.
func admin(t testing.TB, p *program, method, path string, body any) answer {
	t.Helper()
	c := &client{http: newHTTPClient(), base: p.Admin}
	defer c.http.CloseIdleConnections()
	return c.call(t.Context(), method, path, body)
}

// setTunable changes a rule and waits until every node given has it in force.
func setTunable(t testing.TB, nodes []*program, key string, value any) {
	t.Helper()
	a := admin(t, nodes[0], http.MethodPut, "/admin/settings/"+key, map[string]any{"value": value})
	require.Equal(t, http.StatusOK, a.status, string(a.body))
	want, err := json.Marshal(value)
	require.NoError(t, err)
	for _, p := range nodes {
		require.Eventually(t, func() bool { return string(tunable(t, p, key)) == string(want) }, 5*time.Second, 20*time.Millisecond,
			"%s is not in force everywhere within 5 s", key)
	}
}

func tunable(t testing.TB, p *program, key string) json.RawMessage {
	t.Helper()
	var got struct {
		Settings []struct {
			Key   string
			Value json.RawMessage
		}
	}
	a := admin(t, p, http.MethodGet, "/admin/settings", nil)
	a.into(t, &got)
	for _, s := range got.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	t.Fatalf("no setting %s in %s", key, a.body)
	return nil
}

// mint gives access tokens for users first to last.
func mint(t testing.TB, p *program, first, last social.UserID) map[social.UserID]string {
	t.Helper()
	ids := []social.UserID{}
	for id := first; id <= last; id++ {
		ids = append(ids, id)
	}
	var got struct {
		Tokens []struct {
			UserID      social.UserID `json:"user_id"`
			AccessToken string        `json:"access_token"`
		}
	}
	a := admin(t, p, http.MethodPost, "/admin/tokens", map[string]any{"user_ids": ids, "ttl": 3600})
	a.into(t, &got)
	tokens := map[social.UserID]string{}
	for _, tok := range got.Tokens {
		tokens[tok.UserID] = tok.AccessToken
	}
	require.Len(t, tokens, len(ids))
	return tokens
}

var errServer = errors.New("the server failed")

// sound tells whether an answer is one that a healthy server may give.
func (a answer) sound() error {
	switch {
	case a.err != nil:
		return a.err
	case a.broken != nil:
		return a.broken
	case a.status >= 500:
		return fmt.Errorf("%w: %d %s", errServer, a.status, a.body)
	}
	return nil
}
