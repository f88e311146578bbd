package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/swiperhq/swiper/social"
)

const (
	adminTimeout  = 30 * time.Second
	maxAdminBody  = 64 << 20 // a hundred thousand tokens fit
	tokensAtATime = 100_000
)

// ErrNotAdmin tells that an address answers, but not as an admin listener does.
var ErrNotAdmin = errors.New("is not an admin listener")

// Admin speaks to the operators' listener of a node.
type Admin struct {
	base  string
	token string
	http  *http.Client
}

// NewAdmin makes an Admin for a base URL; token may be empty where none is asked for.
func NewAdmin(base, token string) (*Admin, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("%q is not the URL of an admin listener, such as http://127.0.0.1:8081", base)
	}
	return &Admin{strings.TrimSuffix(base, "/"), token, &http.Client{
		Timeout:       adminTimeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 256},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close ends idle connections.
func (a *Admin) Close() { a.http.CloseIdleConnections() }

// Tokens mints an access token for each id, good for ttl, into ring.
func (a *Admin) Tokens(ctx context.Context, ids []social.UserID, ttl time.Duration, ring *Keyring) error {
	for len(ids) > 0 {
		some := ids[:min(len(ids), tokensAtATime)]
		ids = ids[len(some):]
		var got struct {
			Tokens []struct {
				UserID      social.UserID `json:"user_id"`
				AccessToken string        `json:"access_token"`
			} `json:"tokens"`
		}
		ask := map[string]any{"user_ids": some, "ttl": int64(ttl / time.Second)}
		if err := a.call(ctx, http.MethodPost, "/admin/tokens", ask, &got); err != nil {
			return fmt.Errorf("mint tokens: %w", err)
		}
		if len(got.Tokens) != len(some) {
			return fmt.Errorf("mint tokens: asked for %d, got %d", len(some), len(got.Tokens))
		}
		for _, t := range got.Tokens {
			ring.Put(t.UserID, t.AccessToken)
		}
	}
	return nil
}

// Settings gives the tunables in force.
func (a *Admin) Settings(ctx context.Context) (map[string]json.RawMessage, error) {
	var got struct {
		Settings []struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
		} `json:"settings"`
	}
	if err := a.call(ctx, http.MethodGet, "/admin/settings", nil, &got); err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	if len(got.Settings) == 0 {
		return nil, fmt.Errorf("%s %w: it tells no settings", a.base, ErrNotAdmin)
	}
	out := map[string]json.RawMessage{}
	for _, s := range got.Settings {
		out[s.Key] = s.Value
	}
	return out, nil
}

// Set changes a tunable.
func (a *Admin) Set(ctx context.Context, key string, value json.RawMessage) error {
	if err := a.call(ctx, http.MethodPut, "/admin/settings/"+url.PathEscape(key), map[string]any{"value": value}, nil); err != nil {
		return fmt.Errorf("set %s to %s: %w", key, value, err)
	}
	return nil
}

// Stored is what is stored of a user.
type Stored struct {
	Swipes       map[string]int    `json:"swipes"` // standing, by mark, those ended by an unfriending included
	Friends      int               `json:"friends"`
	RecentEvents []json.RawMessage `json:"recent_events"`
	Quotas       []struct {
		Used int `json:"used"`
	} `json:"quotas"`
}

// Blank tells whether nothing stands of the user's own doing.
func (s *Stored) Blank() bool {
	for _, q := range s.Quotas {
		if q.Used > 0 {
			return false
		}
	}
	return len(s.Swipes) == 0 && s.Friends == 0 && len(s.RecentEvents) == 0
}

// Inspect shows what is stored of uid.
func (a *Admin) Inspect(ctx context.Context, uid social.UserID) (Stored, error) {
	var got struct {
		Stored Stored `json:"stored"`
	}
	err := a.call(ctx, http.MethodGet, "/admin/actors/user/"+strconv.FormatInt(int64(uid), 10), nil, &got)
	return got.Stored, err
}

func (a *Admin) call(ctx context.Context, method, path string, body, into any) error {
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, reader)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return fmt.Errorf("the admin listener cannot be reached: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or given up
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAdminBody))
	if err != nil {
		return fmt.Errorf("the admin listener's answer broke off: %w", err)
	}
	if resp.StatusCode == http.StatusOK && (into == nil || json.Unmarshal(raw, into) == nil) {
		return nil
	}
	return a.explain(resp.StatusCode, raw)
}

// explain turns a refusal into a line for people.
func (a *Admin) explain(status int, raw []byte) error {
	var problem struct {
		Code   social.Code `json:"code"`
		Detail string      `json:"detail"`
	}
	if err := json.Unmarshal(raw, &problem); err != nil {
		problem.Detail = "" // some other server's page
	}
	switch {
	case status == http.StatusUnauthorized:
		return fmt.Errorf("%s asks for a token: set LOADTEST_ADMIN_TOKEN", a.base)
	case status == http.StatusOK, status == http.StatusNotFound && problem.Code != social.CodeUserNotFound, problem.Code == "":
		return fmt.Errorf("%s %w (status %d): is it the public listener?", a.base, ErrNotAdmin, status)
	}
	return &social.Error{Code: problem.Code, Message: fmt.Sprintf("status %d: %s", status, problem.Detail)}
}
