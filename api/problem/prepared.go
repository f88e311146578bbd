package problem

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

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

// Message is the whole answer as it goes over the wire in HTTP/1.1, with more headers
// besides its own.
func (p *Prepared) Message(more http.Header) []byte {
	h := p.header.Clone()
	maps.Copy(h, more)
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", p.status, http.StatusText(p.status))
	_ = h.Write(&b) // memory takes everything
	b.WriteString("\r\n")
	b.Write(p.body)
	return b.Bytes()
}

// Write answers with the problem.
func (p *Prepared) Write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.header)
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body) // the client may be gone: nobody is left to tell
}
