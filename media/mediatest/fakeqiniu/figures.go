package fakeqiniu

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Figures are what the CDN says of every day and domain.
type Figures struct {
	Hits, Misses, HitBytes, MissBytes int64
	Statuses                          map[string]int64
	Bandwidth                         []int64 // in bits a second
}

// Count makes the CDN tell these figures.
func (s *Server) Count(f Figures) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.figures = f
}

// analyze answers with one point a day, or the bandwidth with all there are.
func (s *Server) analyze(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Domains   json.RawMessage `json:"domains"`
		Freq      string          `json:"freq"`
		Regions   []string        `json:"regions"`
		StartDate string          `json:"startDate"`
		EndDate   string          `json:"endDate"`
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	if err == nil {
		_, err = time.Parse(time.DateOnly, in.StartDate)
	}
	if err != nil || in.EndDate != in.StartDate {
		answer(w, http.StatusBadRequest, map[string]any{"code": 400331, "error": "invalid params"})
		return
	}
	s.mu.Lock()
	f := s.figures
	s.mu.Unlock()
	var many []string
	var one string
	lists := json.Unmarshal(in.Domains, &many) == nil && len(many) == 1 && in.Freq == "1day"
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/hitmiss") && lists:
		answer(w, http.StatusOK, map[string]any{"code": 200, "error": "", "data": map[string]any{
			"points": []string{in.StartDate + "-00-00"}, "hit": []int64{f.Hits}, "miss": []int64{f.Misses},
			"trafficHit": []int64{f.HitBytes}, "trafficMiss": []int64{f.MissBytes},
		}})
	case strings.HasSuffix(path, "/statuscode") && lists && len(in.Regions) == 1:
		codes := map[string][]int64{}
		for status, n := range f.Statuses {
			codes[status] = []int64{n}
		}
		answer(w, http.StatusOK, map[string]any{"code": 200, "error": "", "data": map[string]any{"points": []string{in.StartDate + "-00-00"}, "codes": codes}})
	case strings.HasSuffix(path, "/bandwidth") && json.Unmarshal(in.Domains, &one) == nil:
		answer(w, http.StatusOK, map[string]any{"code": 200, "error": "", "data": map[string]any{one: map[string]any{"china": f.Bandwidth, "oversea": []int64{}}}})
	default:
		answer(w, http.StatusBadRequest, map[string]any{"code": 400331, "error": "invalid params"})
	}
}
