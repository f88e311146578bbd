package fakeqiniu

import (
	"io"
	"net/http"
	"net/http/httptest"
)

// Fault is a way to fail.
type Fault int

// The faults.
const (
	// Unavailable answers 503 and does nothing.
	Unavailable Fault = iota + 1
	// Hang never answers and does nothing; it ends with the request.
	Hang
	// LostAnswer does what was asked and breaks the connection off.
	LostAnswer
	// Denied answers 401 and does nothing, as with keys that were revoked.
	Denied
	// BadGateway does what was asked and answers 502, as somebody in between who
	// lost the answer.
	BadGateway
)

// Break makes the next len(faults) calls of op fail so, in this order.
func (s *Server) Break(op Operation, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[op] = append(s.faults[op], faults...)
}

// Mend forgets the faults that are left.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.faults)
}

func (s *Server) broken(op Operation, handle http.HandlerFunc) http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults[op]) == 0 {
		return handle
	}
	fault := s.faults[op][0]
	s.faults[op] = s.faults[op][1:]
	switch fault {
	case Unavailable:
		return func(w http.ResponseWriter, _ *http.Request) {
			fail(w, http.StatusServiceUnavailable, "service unavailable")
		}
	case Denied:
		return func(w http.ResponseWriter, _ *http.Request) { fail(w, http.StatusUnauthorized, "bad token") }
	case Hang:
		return func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then net/http looks whether the client is still there
			<-r.Context().Done()
		}
	case BadGateway:
		return func(w http.ResponseWriter, r *http.Request) {
			handle(httptest.NewRecorder(), r)
			w.WriteHeader(http.StatusBadGateway)
		}
	case LostAnswer:
		return func(_ http.ResponseWriter, r *http.Request) {
			handle(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
	}
	return handle
}
