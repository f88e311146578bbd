package live_test

import (
	"strconv"
	"strings"
	"sync"
)

// screen is a terminal that understands as much as a frame needs.
type screen struct {
	mu          sync.Mutex
	cells       [][]rune
	row, column int
	writes      int
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	text := []rune(string(p))
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\r':
			s.column = 0
		case '\n':
			s.row, s.column = s.row+1, 0
		case 0x1b:
			i = s.escape(text, i+2)
		default:
			s.put(text[i])
		}
	}
	return len(p), nil
}

// escape obeys the code whose parameter begins at i and gives where it ends.
func (s *screen) escape(text []rune, i int) int {
	from := i
	for text[i] >= '0' && text[i] <= '9' {
		i++
	}
	switch text[i] {
	case 'A':
		n, _ := strconv.Atoi(string(text[from:i]))
		s.row = max(0, s.row-n)
	case 'J':
		s.cells = s.cells[:min(len(s.cells), s.row+1)]
		if s.row < len(s.cells) {
			s.cells[s.row] = s.cells[s.row][:min(len(s.cells[s.row]), s.column)]
		}
	default:
		panic("the screen does not know " + string(text[i]))
	}
	return i
}

func (s *screen) put(r rune) {
	for len(s.cells) <= s.row {
		s.cells = append(s.cells, nil)
	}
	for len(s.cells[s.row]) <= s.column {
		s.cells[s.row] = append(s.cells[s.row], ' ')
	}
	s.cells[s.row][s.column] = r
	s.column++
}

// frames tells how often something was written.
func (s *screen) frames() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// cursor gives the row and the column where the next letter goes.
func (s *screen) cursor() [2]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return [2]int{s.row, s.column}
}

func (s *screen) lines() []string { return strings.Split(s.String(), "\n") }

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := make([]string, len(s.cells))
	for i, row := range s.cells {
		lines[i] = strings.TrimRight(string(row), " ")
	}
	return strings.Join(lines, "\n")
}
