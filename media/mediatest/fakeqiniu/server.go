package fakeqiniu

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server is the stand-in, all services on one address. Its object store's
// buckets come into being when they are first used; those named private are
// read with signed URLs only. Downloads are at /io/BUCKET/KEY.
type Server struct {
	accessKey, secretKey string
	private              map[string]bool
	now                  func() time.Time
	client               *http.Client

	mu      sync.Mutex
	objects map[string]object // by bucket:key
	uploads map[string]map[int][]byte
	nextID  int
	faults  map[Operation][]Fault
	calls   map[Operation]int
	urls    map[Operation][]string
	texts   []Text
	figures Figures
	process Processor
	works   []*work
}

// Options of New. All but PrivateBuckets and Processor are required.
type Options struct {
	AccessKey, SecretKey string
	PrivateBuckets       []string
	Now                  func() time.Time
	// Processor does persistent processing; nil: there is none.
	Processor Processor
}

// New makes a server.
func New(o Options) *Server {
	s := &Server{
		accessKey: o.AccessKey, secretKey: o.SecretKey, now: o.Now, process: o.Processor, private: map[string]bool{},
		client:  &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second},
		objects: map[string]object{}, uploads: map[string]map[int][]byte{},
		faults: map[Operation][]Fault{}, calls: map[Operation]int{}, urls: map[Operation][]string{},
	}
	for _, b := range o.PrivateBuckets {
		s.private[b] = true
	}
	return s
}

// Operation is something the server is asked to do.
type Operation string

// The operations, for faults and counts.
const (
	Upload   Operation = "upload" // by form
	Part     Operation = "part"   // any step of an upload in parts but the last
	Complete Operation = "complete"
	Stat     Operation = "stat"
	Delete   Operation = "delete"
	Download Operation = "download"
	Prefetch Operation = "prefetch"
	Refresh  Operation = "refresh"
	SendText Operation = "send"
	Analyze  Operation = "analyze" // any of the CDN's figures
	Process  Operation = "process" // persistent processing
	Progress Operation = "progress"
)

// Calls tells how often an operation was asked for.
func (s *Server) Calls(op Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[op]
}

// URLs gives what the CDN was told to prefetch or refresh.
func (s *Server) URLs(op Operation) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.urls[op]...)
}

// Keys gives the keys stored in a bucket.
func (s *Server) Keys(bucket string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for id := range maps.Keys(s.objects) {
		if key, ok := strings.CutPrefix(id, bucket+":"); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// Forget drops an object, as somebody else would who deletes it.
func (s *Server) Forget(bucket, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, bucket+":"+key)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op, handle := s.route(r)
	if handle == nil {
		fail(w, http.StatusNotFound, "no such route")
		return
	}
	s.mu.Lock()
	s.calls[op]++
	s.mu.Unlock()
	s.broken(op, handle)(w, r)
}

func (s *Server) route(r *http.Request) (Operation, http.HandlerFunc) {
	switch segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); segments[0] {
	case "":
		return Upload, s.form
	case "buckets":
		if len(segments) == 6 && r.Method == http.MethodPost {
			return Complete, s.parts
		}
		return Part, s.parts
	case "stat":
		return Stat, s.signed(s.stat)
	case "delete":
		return Delete, s.signed(s.remove)
	case "io":
		return Download, s.download
	}
	switch r.URL.Path {
	case "/v2/tune/prefetch":
		return Prefetch, s.signed(s.tune(Prefetch))
	case "/v2/tune/refresh":
		return Refresh, s.signed(s.tune(Refresh))
	case "/v2/tune/loganalyze/hitmiss", "/v2/tune/loganalyze/statuscode", "/v2/tune/bandwidth":
		return Analyze, s.signed(s.analyze)
	case "/pfop":
		return Process, s.signed(s.takeWork)
	case "/status/get/prefop":
		return Progress, s.signed(s.progress)
	case "/v1/message":
		return SendText, s.signed(s.text)
	}
	return "", nil
}

// answer writes JSON as Qiniu does: an answer without a request id is taken for
// that of somebody in between.
func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Reqid", "fake")
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked may be gone
}

func fail(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"error": message})
}
