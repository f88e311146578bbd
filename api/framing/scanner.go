package framing

import (
	"bytes"
	"strconv"
)

const (
	// maxLine is how much of a line is kept: enough for the headers looked for.
	maxLine = 256
	// version ends the request line of those who may send chunks.
	version = " HTTP/1.1"
)

// scanner follows the requests of one connection. Where net/http would refuse
// what comes, and so end the connection, it just stops.
type scanner struct {
	state   state
	line    []byte // of the line begun, at most maxLine
	long    bool   // the line was longer
	first   bool   // the request line has been read
	chunks  bool   // and it allows chunks
	skip    uint64 // bytes of the body to pass over
	lengths int    // Content-Length headers of this head
	codings int    // Transfer-Encoding headers of this head
	length  uint64
	heads   int  // that have ended
	bodied  bool // the last of them has a body
}

type state int

const (
	inHead    state = iota
	inBody          // of known length
	inSize          // the line with a chunk's size
	inChunk         // its bytes and the end of line behind them
	inTrailer       // behind the last chunk
	lost            // net/http refuses what came, or the length is beyond us
)

// scan looks at the next bytes. When they end a head whose length is ambiguous,
// good tells how many came before the empty line at its end.
func (s *scanner) scan(p []byte) (good int, ambiguous bool) {
	for at := 0; at < len(p); {
		switch s.state {
		case lost:
			return len(p), false
		case inBody, inChunk:
			n := min(s.skip, uint64(len(p)-at))
			at += int(n) //nolint:gosec // at most what is left of p
			if s.skip -= n; s.skip == 0 {
				s.passed()
			}
		default:
			start := at
			end := bytes.IndexByte(p[at:], '\n')
			if end < 0 {
				s.keep(p[at:])
				return len(p), false
			}
			s.keep(p[at : at+end])
			at += end + 1
			ambiguous := s.lineEnded()
			s.line, s.long = s.line[:0], false
			if ambiguous {
				return start, true
			}
		}
	}
	return len(p), false
}

// keep remembers the beginning of a line, of the request line the end.
func (s *scanner) keep(p []byte) {
	if s.state == inHead && !s.first {
		s.line = append(s.line, p[max(0, len(p)-maxLine):]...)
		s.line = append(s.line[:0], s.line[max(0, len(s.line)-len(version)-1):]...)
		return
	}
	if room := maxLine - len(s.line); len(p) > room {
		p, s.long = p[:room], true
	}
	s.line = append(s.line, p...)
}

// passed is where the bytes to pass over have ended.
func (s *scanner) passed() {
	if s.state == inChunk {
		s.state = inSize
		return
	}
	s.nextHead()
}

func (s *scanner) nextHead() {
	s.state, s.first, s.lengths, s.codings = inHead, false, 0, 0
}

// lineEnded takes the line apart; it tells whether the head that ends with it
// is ambiguous.
func (s *scanner) lineEnded() (ambiguous bool) {
	line := bytes.TrimSuffix(s.line, []byte("\r"))
	switch s.state {
	case inSize:
		s.chunk(line)
	case inTrailer:
		if len(line) == 0 {
			s.nextHead()
		}
	case inHead:
		switch {
		case !s.first:
			s.first, s.chunks = true, bytes.HasSuffix(line, []byte(version))
		case len(line) == 0:
			return s.headEnded()
		default:
			s.header(line)
		}
	case inBody, inChunk, lost: // no lines
	}
	return false
}

// between tells whether all that came was whole requests.
func (s *scanner) between() bool { return s.state == inHead && !s.first && len(s.line) == 0 }

// bodyEnded tells whether a request with a body has just come to its end.
func (s *scanner) bodyEnded() bool {
	return s.between() && s.bodied
}

func (s *scanner) header(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch {
	case line[0] == ' ' || line[0] == '\t': // belongs to the header above, whichever that is
		s.lengths += 2
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		s.codings++
		if !s.chunks { // of no meaning to net/http, of some to others
			s.codings++
		}
	case bytes.EqualFold(name, []byte("Content-Length")):
		s.lengths++
		n, err := strconv.ParseUint(string(bytes.Trim(value, " \t")), 10, 63)
		if err != nil || s.long {
			s.lengths++
		}
		s.length = n
	}
}

func (s *scanner) headEnded() (ambiguous bool) {
	s.heads++
	s.bodied = true
	switch {
	case s.lengths+s.codings > 1:
		return true
	case s.codings == 1:
		s.state = inSize
	case s.lengths == 1 && s.length > 0:
		s.state, s.skip = inBody, s.length
	default:
		s.bodied = false
		s.nextHead()
	}
	return false
}

func (s *scanner) chunk(line []byte) {
	size, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseUint(string(bytes.Trim(size, " \t")), 16, 62)
	switch {
	case err != nil || s.long && len(size) == len(line):
		s.state = lost
	case n == 0:
		s.state = inTrailer
	default:
		s.state, s.skip = inChunk, n+uint64(len("\r\n"))
	}
}
