package server

import (
	"bytes"
	"sync"
)

// tailLines is how much of a log is kept.
const tailLines = 60

// tail keeps the last lines of a log. A busy server logs every request: the
// lines' memory is used again.
type tail struct {
	mu    sync.Mutex
	lines [tailLines][]byte
	next  int
}

// add takes a copy of line.
func (t *tail) add(line []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines[t.next] = append(t.lines[t.next][:0], line...)
	t.next = (t.next + 1) % tailLines
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out bytes.Buffer
	for i := range tailLines {
		out.Write(t.lines[(t.next+i)%tailLines])
	}
	return out.String()
}
