package load_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/scripts/bench/load"
	"github.com/swiperhq/swiper/scripts/bench/world"
	"github.com/swiperhq/swiper/social"
)

// swipe is one as a server sees it.
type swipe struct {
	uid, sid social.UserID
	mark     string
}

// server notes the swipes it is sent and how often.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	seen   map[swipe]int
	status int           // of every answer
	hold   chan struct{} // nil: answers come at once
}

var key = []byte(strings.Repeat("k", 32))

func start(t *testing.T, set ...func(*server)) *server {
	t.Helper()
	s := &server{seen: map[swipe]int{}, status: http.StatusOK}
	for _, f := range set {
		f(s)
	}
	tokens := accounts.NewTokens(key, time.Now)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pass, err := tokens.Verify(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		var body struct {
			UserID int64  `json:"user_id"`
			Mark   string `json:"mark"`
		}
		if err == nil {
			err = json.NewDecoder(r.Body).Decode(&body)
		}
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/swipes" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		if s.hold != nil {
			<-s.hold
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen[swipe{pass.UID, social.UserID(body.UserID), body.Mark}]++
		w.WriteHeader(s.status)
	}))
	t.Cleanup(s.Close)
	return s
}

// sequence is a small world's, with its tokens.
func sequence(t *testing.T) (world.Sequence, load.Tokens) {
	t.Helper()
	w, err := world.New(120_000)
	require.NoError(t, err)
	s, err := world.NewSequence(w, 300)
	require.NoError(t, err)
	tokens, err := load.WriteTokens(filepath.Join(t.TempDir(), "tokens"), s, key)
	require.NoError(t, err)
	return s, tokens
}

// numbers gives what the swipes from one number up to another are.
func numbers(s world.Sequence, from, to int64) map[swipe]int {
	all := map[swipe]int{}
	for n := from; n < to; n++ {
		if i, sid, ok := s.Swipe(n); ok {
			all[swipe{s.User(i), sid, world.MarkOf(s.User(i), sid).String()}]++
		}
	}
	return all
}

// swipes gives what was sent so far, and how often.
func (s *server) swipes() map[swipe]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.seen)
}
