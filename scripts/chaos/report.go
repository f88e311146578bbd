//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
)

// outcome is chaos.json. Its names stay; others are only added.
type outcome struct {
	Verdict  checker.Outcome `json:"verdict"`
	Seed     uint64          `json:"seed"`
	Provider string          `json:"provider"`
	Nodes    int             `json:"nodes"`
	Faults   []faultResult   `json:"faults"`
}

// faultResult is what came of one fault.
type faultResult struct {
	Fault   string          `json:"fault"`
	Does    string          `json:"does"`
	Verdict checker.Outcome `json:"verdict"` // of the bounds and of the load

	RecoveryS float64 `json:"recovery_s"` // until the last call was sent that failed
	Calls     int     `json:"calls"`      // of the probe
	Failed    int     `json:"failed"`
	SlowestMS float64 `json:"slowest_ms"` // of those that succeeded
	// Meanwhile counts the load's changes that were acknowledged while the fault was
	// on, and in the second after it.
	Meanwhile int `json:"acknowledged_meanwhile"`

	// StallMS is the longest that the machine had no time for the program itself.
	StallMS float64 `json:"stall_ms"`

	Injections []injection     `json:"injections"`
	Bounds     []judge.Finding `json:"bounds"`
	Load       verdict         `json:"load"`
	Floods     []judge.Flood   `json:"floods,omitempty"`
	Failures   []failure       `json:"failures,omitempty"`
}

// injection is a fault as it was injected, in seconds since the load began.
type injection struct {
	Name string  `json:"name"`
	Node int     `json:"node,omitempty"` // from 1
	From float64 `json:"from_s"`
	To   float64 `json:"to_s"`
}

// failure counts the calls that failed in one second at one node.
type failure struct {
	At      int    `json:"at_s"`
	Node    int    `json:"node"` // from 1
	Outcome string `json:"outcome"`
	Calls   int    `json:"calls"`
}

// judge judges the bout.
func (b *bout) judge(v verdict) faultResult {
	r := faultResult{Fault: b.f.Name, Does: b.f.Does, Load: v, Floods: b.record.Floods}
	r.Bounds = judge.All(&b.record, b.f.Bounds())
	outcomes := []checker.Outcome{v.Verdict}
	for _, f := range r.Bounds {
		outcomes = append(outcomes, f.Outcome)
	}
	r.Verdict = judge.Worst(outcomes...)
	r.RecoveryS = b.record.Recovery(b.f.Feels, b.f.Since).Seconds()
	var slowest time.Duration
	r.Calls, r.Failed, slowest = b.record.Calls(b.f.Feels)
	r.SlowestMS = float64(slowest.Microseconds()) / 1000
	r.StallMS = float64(b.record.Stall.Microseconds()) / 1000
	since := func(t time.Time) float64 { return t.Sub(b.record.Start).Seconds() }
	for _, i := range b.record.Injections {
		r.Injections = append(r.Injections, injection{i.Name, i.Node + 1, since(i.From), since(i.To)})
	}
	r.Failures = b.failures()
	if run, err := checker.ReadFile(b.load.history()); err == nil { // it was judged already
		r.Meanwhile = acknowledged(run, b.record.Injections, time.Second)
	}
	return r
}

// failures gives what failed by second and node, in their order.
func (b *bout) failures() (out []failure) {
	for i := range b.record.Samples {
		s := &b.record.Samples[i]
		if s.OK() {
			continue
		}
		f := failure{At: int(s.At.Sub(b.record.Start).Seconds()), Node: s.Node + 1, Outcome: s.Outcome, Calls: 1}
		found := false
		for j := len(out) - 1; j >= 0 && out[j].At == f.At && !found; j-- {
			if out[j].Node == f.Node && out[j].Outcome == f.Outcome {
				out[j].Calls++
				found = true
			}
		}
		if !found {
			out = append(out, f)
		}
	}
	return out
}

// writeCalls writes what the probe saw of each call, for whoever wants to know more.
func (b *bout) writeCalls() error {
	var out bytes.Buffer
	out.WriteString("at_s,node,balanced,kind,took_ms,outcome,status\n")
	for i := range b.record.Samples {
		s := &b.record.Samples[i]
		fmt.Fprintf(&out, "%.3f,%d,%t,%s,%.1f,%s,%d\n", s.At.Sub(b.record.Start).Seconds(), s.Node+1, s.Balanced, s.Kind,
			float64(s.Took.Microseconds())/1000, s.Outcome, s.Status)
	}
	return os.WriteFile(filepath.Join(b.reports(), "calls.csv"), out.Bytes(), 0o644) //nolint:gosec // a report is for everyone to read
}

func (o *outcome) write(dir string) error {
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "chaos.json"), append(text, '\n'), 0o644) //nolint:gosec // a report is for everyone to read
}

// print tells people.
func (o *outcome) print(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "fault\tverdict\trecovery\tfailed\tslowest\tacknowledged meanwhile\tmatches")
	for i := range o.Faults {
		f := &o.Faults[i]
		fmt.Fprintf(table, "%s\t%s\t%.1f s\t%d of %d\t%.0f ms\t%d\t%d\n",
			f.Fault, f.Verdict, f.RecoveryS, f.Failed, f.Calls, f.SlowestMS, f.Meanwhile, f.Load.Matches)
	}
	_ = table.Flush() // a terminal that is gone cannot be told so
	for i := range o.Faults {
		f := &o.Faults[i]
		fmt.Fprintf(out, "\n%s: %s\n", f.Fault, f.Does)
		fmt.Fprintf(out, "  %-6s  no match, swipe, quota or event lost: %d acknowledged, %d unknown, %d matches, %d couples\n",
			f.Load.Verdict, f.Load.Acknowledged, f.Load.Unknown, f.Load.Matches, f.Load.Couples)
		for _, why := range f.Load.Why {
			fmt.Fprintf(out, "          %s\n", why)
		}
		for _, b := range f.Bounds {
			fmt.Fprintf(out, "  %-6s  %s: %s\n", b.Outcome, b.Bound, b.Measured)
		}
	}
	fmt.Fprintf(out, "\n%s\n", o.Verdict)
}
