package problem

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
)

// Prepared is a problem that is ready to be sent, for where answering must cost
// next to nothing.
type Prepared struct {
	status int
	header http.Header
	body   []byte
}

// Prepare gives p ready to be sent.
func Prepare(p *Problem) (*Prepared, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("problem: %w", err)
	}
	h := p.GetHeaders()
	h.Set("Content-Type", ContentType)
	for k, v := range h {
		h[k] = slices.Clip(v) // an Add copies what answers share
	}
	return &Prepared{status: p.Status, header: h, body: body}, nil
}

// Write answers with the problem.
func (p *Prepared) Write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.header)
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body) // the client may be gone: nobody is left to tell
}
