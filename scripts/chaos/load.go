//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/internal/daemon"
	"github.com/swiperhq/swiper/scripts/internal/ending"
)

const (
	// prepares bounds what the load test takes until it plays.
	prepares = time.Minute
	// verdictWithin is how long after the load its verdict comes at the latest; that
	// it comes within 30 s is the load test's own aim.
	verdictWithin = 2 * time.Minute
)

// load is a running load test.
type load struct {
	*daemon.Process

	dir, faults string
	log         string
	lasts       time.Duration
}

// startLoad starts the load test on the public listeners of all nodes.
func (b *bout) startLoad() (*load, error) {
	l := &load{
		dir: filepath.Join(b.reports(), "loadtest"), faults: filepath.Join(b.dir, "faults"), log: filepath.Join(b.reports(), "loadtest.log"),
		lasts: b.lasts(),
	}
	if err := os.WriteFile(l.faults, nil, 0o600); err != nil {
		return nil, err
	}
	rate := b.o.rate
	if b.f.Rate > 0 {
		rate = b.f.Rate
	}
	var targets []string
	for _, n := range b.stage.Nodes {
		targets = append(targets, n.HTTP)
	}
	cmd := exec.Command(b.built.loadtest, //nolint:gosec,noctx // a program that we built; end ends it
		"--target", strings.Join(targets, ","), "--admin", b.stage.Nodes[0].Admin, "--report", l.dir, "--faults", l.faults,
		"--seed", strconv.FormatUint(b.o.seed, 10), "--users", strconv.Itoa(b.o.users), "--duration", b.lasts().String(),
		"--warmup", "2s", "--logins", "0", "--rate", strconv.FormatFloat(rate, 'f', -1, 64), "--days", strconv.Itoa(max(1, b.f.Days)))
	var err error
	l.Process, err = daemon.Spawn(cmd, os.Interrupt, l.log)
	return l, err
}

// plays waits until the load test says that it plays.
func (l *load) plays(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, prepares)
	defer cancel()
	return l.Ready(ctx, func(context.Context) error {
		said, err := os.ReadFile(l.log)
		if err == nil && !bytes.Contains(said, []byte(" swipers, ")) {
			err = errors.New("it does not play yet")
		}
		return err
	})
}

func (l *load) history() string { return filepath.Join(l.dir, "history.jsonl.gz") }

// note tells the checker in what time faults were injected and looked at: from the
// first one until then. A fault may let nothing through as long as it lasts; but
// the load has to have gone on afterwards for the verdict to prove anything.
func (l *load) note(injections []judge.Injection, until time.Time) error {
	if len(injections) == 0 {
		return nil
	}
	first := injections[0]
	line, err := json.Marshal(map[string]any{"name": first.Name, "from": first.From.UnixNano(), "to": until.UnixNano()})
	if err != nil {
		return err
	}
	return os.WriteFile(l.faults, line, 0o600)
}

// verdict is what is read of the load test's report.
type verdict struct {
	Verdict      checker.Outcome             `json:"verdict"`
	Why          []string                    `json:"why"`
	Acknowledged int                         `json:"acknowledged"`
	Unknown      int                         `json:"unknown"`
	Matches      int                         `json:"matches"`
	Couples      int                         `json:"couples"`
	Anomalies    map[checker.AnomalyKind]int `json:"anomalies"`
}

// verdict waits for the load test's own.
func (l *load) verdict(ctx context.Context) (v verdict, err error) {
	limit := time.NewTimer(l.lasts + verdictWithin)
	defer limit.Stop()
	select {
	case <-l.Done():
	case <-ctx.Done():
		return v, ctx.Err()
	case <-limit.C:
		return v, errors.New("the load test does not come to an end")
	}
	if code := l.ExitCode(); code < ending.Clean || code > ending.Void {
		return v, fmt.Errorf("the load test could not run (status %d): %s", code, l.Said())
	}
	raw, err := os.ReadFile(filepath.Join(l.dir, "report.json"))
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(raw, &v)
}

// end ends a load test that still runs.
func (l *load) end() error {
	if l == nil || l.Process == nil {
		return nil
	}
	select {
	case <-l.Done():
		return nil
	default:
		return l.Stop()
	}
}

// acknowledged counts the load's changes that were while a fault was on, or within
// so long after it.
func acknowledged(run *checker.Run, injections []judge.Injection, within time.Duration) (n int) {
	for i := range run.Ops {
		op := &run.Ops[i]
		changed := op.Kind == checker.Swipe || op.Kind == checker.Rewind || op.Kind == checker.Unfriend
		if !changed || op.Probe || !op.Acked() {
			continue
		}
		at := run.Meta.Started.Add(time.Duration(op.Return))
		for _, in := range injections {
			if !at.Before(in.From) && at.Before(in.To.Add(within)) {
				n++
				break
			}
		}
	}
	return n
}
