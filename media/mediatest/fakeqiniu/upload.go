package fakeqiniu

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the API answers with it
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	maxBody  = 64 << 20
	formType = "application/x-www-form-urlencoded"
)

// form takes an upload in one request.
func (s *Server) form(w http.ResponseWriter, r *http.Request) {
	form, err := r.MultipartReader()
	if err != nil || r.Method != http.MethodPost {
		fail(w, http.StatusBadRequest, "not a form")
		return
	}
	a := arrival{vars: map[string]string{}}
	for {
		part, err := form.NextPart()
		if err != nil {
			break
		}
		data, err := io.ReadAll(io.LimitReader(part, maxBody))
		if err != nil {
			fail(w, http.StatusBadRequest, "the form broke off")
			return
		}
		if part.FormName() == "file" {
			a.data, a.mime = data, part.Header.Get("Content-Type")
		} else {
			a.vars[part.FormName()] = string(data)
		}
	}
	p, refusal := s.permitted(a.vars["token"])
	if refusal != "" {
		fail(w, http.StatusUnauthorized, refusal)
		return
	}
	a.key = a.vars["key"]
	s.arrive(w, r, p, a)
}

// parts takes an upload in parts, version 2 of the API:
// /buckets/BUCKET/objects/KEY/uploads[/ID[/NUMBER]].
func (s *Server) parts(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "UpToken ")
	p, refusal := s.permitted(token)
	if refusal != "" {
		fail(w, http.StatusUnauthorized, refusal)
		return
	}
	segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(segments) < 5 || segments[2] != "objects" || segments[4] != "uploads" {
		fail(w, http.StatusBadRequest, "no such route")
		return
	}
	key, err := base64.URLEncoding.DecodeString(segments[3])
	if err != nil {
		fail(w, http.StatusBadRequest, "the key cannot be read")
		return
	}
	switch {
	case len(segments) == 5 && r.Method == http.MethodPost:
		s.begin(w)
	case len(segments) == 7 && r.Method == http.MethodPut:
		s.part(w, r, segments[5], segments[6])
	case len(segments) == 6 && r.Method == http.MethodPost:
		s.complete(w, r, p, string(key), segments[5])
	case len(segments) == 6 && r.Method == http.MethodDelete:
		s.mu.Lock()
		delete(s.uploads, segments[5])
		s.mu.Unlock()
		answer(w, http.StatusOK, struct{}{})
	default:
		fail(w, http.StatusBadRequest, "no such route")
	}
}

func (s *Server) begin(w http.ResponseWriter) {
	s.mu.Lock()
	s.nextID++
	id := "upload" + strconv.Itoa(s.nextID)
	s.uploads[id] = map[int][]byte{}
	s.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"uploadId": id, "expireAt": s.now().Unix() + 7*86400})
}

func (s *Server) part(w http.ResponseWriter, r *http.Request, id, number string) {
	n, err := strconv.Atoi(number)
	data, readErr := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || readErr != nil || n < 1 {
		fail(w, http.StatusBadRequest, "the part cannot be read")
		return
	}
	s.mu.Lock()
	parts, ok := s.uploads[id]
	if ok {
		parts[n] = data
	}
	s.mu.Unlock()
	if !ok {
		fail(w, 612, "no such uploadId")
		return
	}
	sum := md5.Sum(data) //nolint:gosec // the API answers with it
	answer(w, http.StatusOK, map[string]string{"etag": Hash(data), "md5": hex.EncodeToString(sum[:])})
}

func (s *Server) complete(w http.ResponseWriter, r *http.Request, p policy, key, id string) {
	var in struct {
		Parts []struct {
			PartNumber int    `json:"partNumber"`
			Etag       string `json:"etag"`
		} `json:"parts"`
		MimeType   string            `json:"mimeType"`
		CustomVars map[string]string `json:"customVars"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&in); err != nil {
		fail(w, http.StatusBadRequest, "the list of parts cannot be read")
		return
	}
	s.mu.Lock()
	parts, ok := s.uploads[id]
	s.mu.Unlock()
	if !ok {
		fail(w, 612, "no such uploadId")
		return
	}
	var whole bytes.Buffer
	if !slices.IsSortedFunc(in.Parts, func(a, b struct {
		PartNumber int    `json:"partNumber"`
		Etag       string `json:"etag"`
	},
	) int {
		return a.PartNumber - b.PartNumber
	}) {
		fail(w, http.StatusBadRequest, "parts out of order")
		return
	}
	for _, part := range in.Parts {
		data, ok := parts[part.PartNumber]
		if !ok || Hash(data) != part.Etag {
			fail(w, http.StatusBadRequest, "invalid part")
			return
		}
		whole.Write(data)
	}
	s.mu.Lock()
	delete(s.uploads, id)
	s.mu.Unlock()
	s.arrive(w, r, p, arrival{key: key, data: whole.Bytes(), mime: in.MimeType, vars: in.CustomVars})
}
