package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
)

// longestRun is where nanoseconds since a run began end and those since 1970 begin.
const longestRun = int64(1000 * time.Hour)

// readFaults reads the faults that somebody injected, one JSON object a line:
// {"name": "kill", "from": …, "to": …}. Times are nanoseconds since the run began
// or since 1970, or RFC 3339; without an end it lasted to the end.
func readFaults(path string, started time.Time) ([]checker.Fault, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the file that was asked for
	if err != nil {
		return nil, fmt.Errorf("the faults: %w", err)
	}
	var faults []checker.Fault
	lines := bufio.NewScanner(strings.NewReader(string(raw)))
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var line struct {
			Name string          `json:"name"`
			From json.RawMessage `json:"from"`
			To   json.RawMessage `json:"to"`
		}
		err := json.Unmarshal(lines.Bytes(), &line)
		f := checker.Fault{Name: line.Name}
		if err == nil {
			f.From, err = sinceStart(line.From, started)
		}
		if err == nil && line.To != nil {
			f.To, err = sinceStart(line.To, started)
		}
		if err == nil && f.To != 0 && f.To < f.From {
			err = errors.New("it ends before it begins")
		}
		if err != nil {
			return nil, fmt.Errorf("the faults: %s line %d: %w", path, n, err)
		}
		faults = append(faults, f)
	}
	return faults, lines.Err()
}

func sinceStart(raw json.RawMessage, started time.Time) (int64, error) {
	var at time.Time
	if json.Unmarshal(raw, &at) == nil && !at.IsZero() {
		return int64(at.Sub(started)), nil
	}
	var ns int64
	if err := json.Unmarshal(raw, &ns); err != nil {
		return 0, fmt.Errorf("%s is no time", raw)
	}
	if ns > longestRun {
		return ns - started.UnixNano(), nil
	}
	return ns, nil
}
