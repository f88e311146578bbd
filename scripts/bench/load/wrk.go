package load

import (
	"bytes"
	"context"
	_ "embed" // the script
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/world"
)

//go:embed swipe.lua
var script []byte

// requestTimeout is after how long wrk counts a request as failed.
const requestTimeout = 10 * time.Second

// WRK drives a server with Debian's wrk.
type WRK struct {
	program, script string
	tokens          Tokens
	sequence        world.Sequence
	// Threads and Connections are wrk's -t and -c.
	Threads, Connections int
}

// NewWRK writes the script into dir. The tokens are those of the sequence's people.
func NewWRK(dir string, s world.Sequence, tokens Tokens, threads, connections int) (*WRK, error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return nil, errors.New("wrk is not installed; on Debian: apt-get install wrk")
	}
	w := &WRK{program, filepath.Join(dir, "swipe.lua"), tokens, s, threads, connections}
	return w, os.WriteFile(w.script, script, 0o644) //nolint:gosec // it is no secret
}

// Result is what one run of wrk saw.
type Result struct {
	Requests int64 `json:"requests"` // answered, whatever the answer
	Micros   int64 `json:"duration_us"`
	Not2xx   int64 `json:"not_2xx"`
	Connect  int64 `json:"connect"`
	Read     int64 `json:"read"`
	Write    int64 `json:"write"`
	Timeout  int64 `json:"timeout"`
	P50      int64 `json:"p50_us"`
	P90      int64 `json:"p90_us"`
	P99      int64 `json:"p99_us"`
	Max      int64 `json:"max_us"`

	Next int64 `json:"next"` // number of the sequence to go on with

	CPU time.Duration `json:"-"` // that wrk itself has used
}

// OK is how many requests were answered 2xx.
func (r *Result) OK() int64 { return r.Requests - r.Not2xx }

// Errors is how many requests failed in any way.
func (r *Result) Errors() int64 { return r.Not2xx + r.Connect + r.Read + r.Write + r.Timeout }

// Rate is the requests answered 2xx a second.
func (r *Result) Rate() float64 { return float64(r.OK()) / float64(r.Micros) * 1e6 }

// Command gives the command line that sends the swipes from number first on to
// the server at url for a time of whole seconds.
func (w *WRK) Command(url string, first int64, d time.Duration) []string {
	return w.share(url, first, d, 1)
}

// share is the command of one wrk of several that send at a time: with first one
// further in each, and all its swipes so many apart, none is sent twice.
func (w *WRK) share(url string, first int64, d time.Duration, several int) []string {
	command := []string{
		w.program, "-t", strconv.Itoa(w.Threads), "-c", strconv.Itoa(w.Connections / several), "-d", fmt.Sprintf("%ds", int(d.Seconds())),
		"--timeout", fmt.Sprintf("%ds", int(requestTimeout.Seconds())), "-s", w.script, url, "--", w.tokens.Path,
	}
	s := w.sequence
	for _, n := range []int64{
		int64(w.tokens.Width), s.Users, world.RingParts, world.Each, s.Active, s.Places, s.People, world.AnswerEvery, first, int64(w.Threads * several), int64(several),
	} {
		command = append(command, strconv.FormatInt(n, 10))
	}
	return command
}

// Run sends them and gives what came of it, and the number to go on with.
func (w *WRK) Run(ctx context.Context, url string, first int64, d time.Duration) (Result, int64, error) {
	r, err := run(ctx, w.Command(url, first, d))
	return r, max(first, r.Next), err
}

func run(ctx context.Context, args []string) (r Result, err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // our own command
	out, err := cmd.CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("wrk: %w: %s", err, out)
	}
	_, line, ok := bytes.Cut(out, []byte("RESULT "))
	if !ok {
		return r, fmt.Errorf("wrk gave no result: %s", out)
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("wrk's result: %w", err)
	}
	r.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return r, nil
}
