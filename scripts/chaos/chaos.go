//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/chaos/fault"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
	"github.com/swiperhq/swiper/scripts/internal/ending"
	"github.com/swiperhq/swiper/scripts/loadtest/report"
	"github.com/swiperhq/swiper/scripts/loadtest/server"
)

// insideEnv is set for a process that has a network namespace of its own; it names
// the folder that the one before has made.
const insideEnv = "SWIPER_CHAOS_INSIDE"

// chaos injects all that was asked for and gives the exit status.
func (p *program) chaos(ctx context.Context, o *options) (status int, err error) {
	if err := report.Prepare(o.report); err != nil {
		return 0, err
	}
	dir := os.Getenv(insideEnv)
	if dir == "" {
		if dir, err = os.MkdirTemp("", "swiper-chaos-"); err != nil {
			return 0, err
		}
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() //nolint:gosec // made by us, or by the process before us
	if err := os.Chmod(dir, 0o755); err != nil {                 //nolint:gosec // PostgreSQL's user must pass
		return 0, err
	}
	built, err := p.build(ctx, o, dir)
	if err != nil {
		return 0, err
	}
	network := func(f fault.Fault) bool { return f.Network }
	switch inside := os.Getenv(insideEnv) != ""; {
	case inside:
		err = stage.ComeUp(ctx)
	case slices.ContainsFunc(o.faults, network):
		err = stage.Unshare(insideEnv + "=" + dir) // which ends this process, unless it fails
	}
	if err != nil {
		return 0, err
	}
	out, err := p.bouts(ctx, o, built)
	if err != nil {
		return 0, err
	}
	out.print(p.stdout)
	fmt.Fprintf(p.stdout, "seed %d; report in %s\n", o.seed, o.report)
	return ending.StatusOf(out.Verdict), nil
}

// bouts injects one fault after the other.
func (p *program) bouts(ctx context.Context, o *options, built *binaries) (*outcome, error) {
	out := &outcome{Seed: o.seed, Provider: o.provider, Nodes: o.nodes}
	outcomes := []checker.Outcome{}
	for i := range o.faults {
		b := &bout{p: p, o: o, f: &o.faults[i], built: built, dir: filepath.Join(built.dir, o.faults[i].Name)}
		result, err := b.run(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.f.Name, err)
		}
		b.say("%s", result.Verdict)
		out.Faults = append(out.Faults, result)
		outcomes = append(outcomes, result.Verdict)
		out.Verdict = judge.Worst(outcomes...)
		if err := out.write(o.report); err != nil { // after each: the next may not come to its end
			return nil, err
		}
	}
	return out, nil
}

// binaries are the programs.
type binaries struct {
	dir      string
	loadtest string
	swiper   map[string]string // by build tags
}

// build builds what the faults take, unless it was built before.
func (p *program) build(ctx context.Context, o *options, dir string) (*binaries, error) {
	b := &binaries{dir: dir, loadtest: filepath.Join(dir, "loadtest"), swiper: map[string]string{}}
	if !exists(b.loadtest) {
		p.say("building")
		cmd := exec.CommandContext(ctx, "go", "build", "-o", b.loadtest, "github.com/swiperhq/swiper/scripts/loadtest") //nolint:gosec // names of our own
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build the load test: %w: %s", err, out)
		}
	}
	for i := range o.faults {
		tags := b.tags(&o.faults[i], o)
		b.swiper[tags] = filepath.Join(dir, "swiper"+tags)
		if exists(b.swiper[tags]) {
			continue
		}
		if err := server.Build(ctx, "", tags, b.swiper[tags]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (*binaries) tags(f *fault.Fault, o *options) string {
	if f.Sabotage || o.sabotage != "" {
		return "sabotage"
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path) //nolint:gosec // in a folder of ours
	return err == nil
}
