package fakeqiniu

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// Text is a text message that was taken over.
type Text struct {
	SignatureID string            `json:"signature_id"`
	TemplateID  string            `json:"template_id"`
	Mobiles     []string          `json:"mobiles"`
	Parameters  map[string]string `json:"parameters"`
}

// Texts gives the text messages taken over so far.
func (s *Server) Texts() []Text {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

func (s *Server) text(w http.ResponseWriter, r *http.Request) {
	var in Text
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.TemplateID == "" || len(in.Mobiles) == 0 {
		answer(w, http.StatusBadRequest, map[string]any{"error": "BadRequest", "message": "invalid parameters"})
		return
	}
	s.mu.Lock()
	s.texts = append(s.texts, in)
	id := strconv.Itoa(len(s.texts))
	s.mu.Unlock()
	answer(w, http.StatusOK, map[string]string{"job_id": id})
}
