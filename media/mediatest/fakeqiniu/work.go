package fakeqiniu

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Processor makes of an object what a command such as vframe/png/offset/0 asks for.
type Processor func(command string, data []byte) (made []byte, contentType string, err error)

// work is one request for persistent processing.
type work struct {
	from, to, command string // objects by bucket:key
	force             bool
	asked             int
	failure           string
}

// takeWork takes one command whose result is saved as another object.
func (s *Server) takeWork(w http.ResponseWriter, r *http.Request) {
	command, entry, saved := strings.Cut(r.PostFormValue("fops"), "|saveas/")
	to, err := base64.URLEncoding.DecodeString(entry)
	if err != nil || !saved || strings.ContainsAny(command, "|;") || !strings.Contains(string(to), ":") || s.process == nil {
		fail(w, http.StatusBadRequest, "invalid fops")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	do := &work{
		from: r.PostFormValue("bucket") + ":" + r.PostFormValue("key"), to: string(to), command: command, force: r.PostFormValue("force") == "1",
	}
	if _, ok := s.objects[do.from]; !ok {
		fail(w, 612, "no such file or directory")
		return
	}
	s.works = append(s.works, do)
	answer(w, http.StatusOK, map[string]string{"persistentId": "z0." + strconv.Itoa(len(s.works))})
}

// progress tells how far work is: it waits, goes on, and is done the third time
// that somebody asks.
func (s *Server) progress(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("id")
	n, err := strconv.Atoi(strings.TrimPrefix(id, "z0."))
	s.mu.Lock()
	if err != nil || n < 1 || n > len(s.works) {
		s.mu.Unlock()
		fail(w, 612, "no such persistentId")
		return
	}
	do := s.works[n-1]
	do.asked++
	asked := do.asked
	s.mu.Unlock()
	code := map[int]int{1: 1, 2: 2}[asked]
	if asked == 3 {
		do.failure = s.finish(do)
	}
	if do.failure != "" {
		code = 3
	}
	answer(w, http.StatusOK, map[string]any{
		"id": id, "code": code, "desc": fmt.Sprint("state ", code), "inputKey": do.from, "creationDate": s.now().Format("2006-01-02T15:04:05Z07:00"),
		"items": []map[string]any{{"cmd": do.command, "code": code, "desc": fmt.Sprint("state ", code), "error": do.failure, "key": do.to}},
	})
}

// finish does the work and tells why it could not be done.
func (s *Server) finish(do *work) string {
	s.mu.Lock()
	original, ok := s.objects[do.from]
	_, made := s.objects[do.to]
	s.mu.Unlock()
	if made && !do.force {
		return ""
	}
	if !ok {
		return "no such file or directory"
	}
	data, contentType, err := s.process(do.command, original.data)
	if err != nil {
		return err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[do.to] = object{data, contentType, Hash(data), s.now()}
	return ""
}
