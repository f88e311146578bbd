package fakes3

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Options of New. All are required.
type Options struct {
	AccessKey, SecretKey  string
	Bucket, PrivateBucket string
	Now                   func() time.Time
}

// Server is the stand-in.
type Server struct {
	o    Options
	next http.Handler

	mu     sync.Mutex
	cached map[string]string // Cache-Control by path: gofakes3 does not keep it
}

// New makes a server with both buckets.
func New(o Options) (*Server, error) {
	backend := s3mem.New()
	for _, b := range []string{o.Bucket, o.PrivateBucket} {
		if err := backend.CreateBucket(b); err != nil {
			return nil, err
		}
	}
	return &Server{o: o, next: gofakes3.New(backend).Server(), cached: map[string]string{}}, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	ours := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="+s.o.AccessKey+"/")
	s.cacheControl(w, r, ours)
	switch {
	case r.Method == http.MethodGet && key != "" && r.URL.Query().Has("X-Amz-Signature"):
		s.link(w, r)
	case ours, r.Method == http.MethodGet && bucket == s.o.Bucket && key != "":
		s.next.ServeHTTP(w, r)
	case r.Method == http.MethodPost && key == "":
		s.post(w, r, bucket)
	default:
		refuse(w, http.StatusForbidden, "AccessDenied", "Access Denied.")
	}
}

func (s *Server) cacheControl(w http.ResponseWriter, r *http.Request, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ours && r.Method == http.MethodPut {
		s.cached[r.URL.Path] = r.Header.Get("Cache-Control")
	} else if value := s.cached[r.URL.Path]; value != "" && r.Method == http.MethodGet {
		w.Header().Set("Cache-Control", value)
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}
