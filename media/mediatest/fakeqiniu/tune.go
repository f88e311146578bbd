package fakeqiniu

import (
	"encoding/json"
	"net/http"
	"strings"
)

// maxURLs is how many URLs the CDN takes at a time.
const maxURLs = 100

// tune takes what the CDN is to fetch or to forget.
func (s *Server) tune(op Operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			URLs []string `json:"urls"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.URLs) == 0 {
			answer(w, http.StatusBadRequest, map[string]any{"code": 400031, "error": "invalid url"})
			return
		}
		if len(in.URLs) > maxURLs {
			answer(w, http.StatusBadRequest, map[string]any{"code": 400033, "error": "too many urls"})
			return
		}
		for _, u := range in.URLs {
			if !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
				answer(w, http.StatusBadRequest, map[string]any{"code": 400031, "error": "invalid url"})
				return
			}
		}
		s.mu.Lock()
		s.urls[op] = append(s.urls[op], in.URLs...)
		s.mu.Unlock()
		answer(w, http.StatusOK, map[string]any{"code": 200, "error": "success", "requestId": "fake"})
	}
}
