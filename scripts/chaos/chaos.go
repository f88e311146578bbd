//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/chaos/fault"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/loadtest/report"
	"github.com/swiperhq/swiper/scripts/loadtest/server"
)

// chaos injects all that was asked for and gives the exit status.
func (p *program) chaos(ctx context.Context, o *options) (status int, err error) {
	if err := report.Prepare(o.report); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "swiper-chaos-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must pass
		return 0, err
	}
	p.say("seed %d; building", o.seed)
	built := &binaries{dir: dir}
	if built.loadtest, err = built.build(ctx, "loadtest", "./scripts/loadtest"); err != nil {
		return 0, err
	}
	out := outcome{Seed: o.seed, Provider: o.provider, Nodes: o.nodes}
	outcomes := []checker.Outcome{}
	for i := range o.faults {
		b := &bout{p: p, o: o, f: &o.faults[i], built: built, dir: filepath.Join(dir, o.faults[i].Name)}
		result, err := b.run(ctx)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", b.f.Name, err)
		}
		out.Faults = append(out.Faults, result)
		outcomes = append(outcomes, result.Verdict)
		out.Verdict = judge.Worst(outcomes...)
		if err := out.write(o.report); err != nil { // after each: the next may not come to its end
			return 0, err
		}
	}
	out.print(p.stdout)
	fmt.Fprintf(p.stdout, "seed %d; report in %s\n", o.seed, o.report)
	return statusOf(out.Verdict), nil
}

// binaries are the programs, each built when it is first needed.
type binaries struct {
	dir      string
	loadtest string
	swiper   map[string]string // by build tags
}

// build builds one of this module's commands.
func (b *binaries) build(ctx context.Context, name, command string) (string, error) {
	path := filepath.Join(b.dir, name)
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/swiperhq/swiper/"+filepath.Clean(command)).CombinedOutput() //nolint:gosec // names of our own
	if err != nil {
		return "", fmt.Errorf("build %s: %w: %s", command, err, out)
	}
	return path, nil
}

// program gives the path of the server, with deliberate defects if the fault or
// the flags want them.
func (b *binaries) program(ctx context.Context, f *fault.Fault, sabotage string) (string, error) {
	tags := ""
	if f.Sabotage || sabotage != "" {
		tags = "sabotage"
	}
	if path, ok := b.swiper[tags]; ok {
		return path, nil
	}
	path := filepath.Join(b.dir, "swiper"+tags)
	if err := server.Build(ctx, "", tags, path); err != nil {
		return "", err
	}
	if b.swiper == nil {
		b.swiper = map[string]string{}
	}
	b.swiper[tags] = path
	return path, nil
}
