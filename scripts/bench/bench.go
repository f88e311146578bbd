//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/scripts/bench/load"
	"github.com/swiperhq/swiper/scripts/bench/report"
	"github.com/swiperhq/swiper/scripts/bench/rig"
	"github.com/swiperhq/swiper/scripts/bench/world"
)

// bench is one comparison.
type bench struct {
	options
	begun  time.Time
	root   string // of the module
	dir    string // of this run, removed at its end
	key    string // of access tokens
	built  rig.Binaries
	world  world.World
	pg     *rig.Postgres
	conn   *pgx.Conn
	best   map[string]int // pools
	next   int64          // number of the sequence to go on with
	ledger ledger         // of the table swiped
	report report.Report
}

func run(ctx context.Context, o options) (err error) {
	b := &bench{options: o, begun: time.Now(), key: rand.Text() + rand.Text(), best: map[string]int{}}
	b.report = report.Report{Started: b.begun.UTC(), Machine: rig.ThisMachine(), Settings: o.describe()}
	if b.world, err = world.New(o.Prefill); err != nil {
		return err
	}
	b.report.Swipes = b.world.Users * world.Each
	if b.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	if err := os.Chmod(b.dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must pass
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.build(ctx); err != nil {
		return err
	}
	if err := b.openDatabase(ctx); err != nil {
		return errors.Join(err, b.closeDatabase(ctx))
	}
	defer func() { err = errors.Join(err, b.closeDatabase(ctx)) }()
	if o.Keep != "" {
		return b.keep(ctx)
	}
	var failed error
	for _, part := range b.Parts {
		if err := b.measure(ctx, part); err != nil {
			failed = fmt.Errorf("%s: %w", part, err)
			break
		}
	}
	// What was measured before something failed, or Ctrl-C, is worth keeping.
	b.report.Took = time.Since(b.begun).Seconds()
	return errors.Join(failed, b.report.Write(o.Out, os.Stdout))
}

func (b *bench) measure(ctx context.Context, part string) error {
	switch part {
	case partRounds:
		return b.rounds(ctx)
	case partLatency:
		return b.latency(ctx)
	case partEmbedded:
		return b.embedded(ctx)
	case partDeck:
		return b.decks(ctx)
	case partActive:
		return b.active(ctx)
	case partCluster:
		return b.cluster(ctx)
	case partMemory:
		return b.memory(ctx)
	}
	return nil
}

// say prints a line with the time since the start.
func (b *bench) say(format string, args ...any) {
	fmt.Printf("%6.1fs  %s\n", time.Since(b.begun).Seconds(), fmt.Sprintf(format, args...)) //nolint:forbidigo // a program for terminals
}

func (b *bench) build(ctx context.Context) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	b.root = strings.TrimSpace(string(root))
	b.built, err = rig.Build(ctx, b.root, b.dir, b.Profile)
	if err != nil {
		return err
	}
	if b.Program != "" {
		b.built.Swiper = b.Program
	}
	b.say("built")
	return nil
}

// wrk prepares wrk for so many active people.
func (b *bench) wrk(w world.World, active int64) (*load.WRK, error) {
	s, tokens, err := b.sequence(w, active)
	if err != nil {
		return nil, err
	}
	return load.NewWRK(b.dir, s, tokens, b.Threads, b.Connections)
}

// sequence gives the swipes of so many active people, and their tokens.
func (b *bench) sequence(w world.World, active int64) (s world.Sequence, tokens load.Tokens, err error) {
	if s, err = world.NewSequence(w, active); err != nil {
		return s, tokens, err
	}
	tokens, err = load.WriteTokens(filepath.Join(b.dir, "tokens"), s, []byte(b.key))
	return s, tokens, err
}

// start runs a design.
func (b *bench) start(ctx context.Context, design string, pool int) (*rig.Server, error) {
	v := variant{swiper, "", ""}
	for _, other := range b.Variants {
		if other.name == design {
			v = other
		}
	}
	if design != v.name {
		return rig.StartPlain(ctx, b.built.Plain, b.dir, b.key, b.pg.URL(), design, pool)
	}
	program := b.built.Swiper
	if v.program != "" {
		program = v.program
	}
	flags := append([]string{"--database.url", b.pg.URL()}, strings.Fields(b.Swiper)...)
	return rig.StartSwiper(ctx, program, b.dir, b.key, append(flags, strings.Fields(v.flags)...)...)
}

// poolOf gives with how many connections a plain design runs.
func (b *bench) poolOf(design string) int {
	const usual = 16
	switch {
	case b.Pool > 0:
		return b.Pool
	case b.best[design] > 0:
		return b.best[design]
	}
	return usual
}

// keep runs one design and waits.
func (b *bench) keep(ctx context.Context) error {
	w, err := b.wrk(b.world, b.Active)
	if err != nil {
		return err
	}
	s, err := b.start(ctx, b.Keep, b.poolOf(b.Keep))
	if err != nil {
		return err
	}
	const minute = time.Minute
	b.say("%s runs until Ctrl-C\n\n  %s: %s, pid %d\n  operators: %s\n  PostgreSQL: %s, pid %d\n  load (raise the last number but one between two runs):\n    %s\n",
		b.Keep, b.Keep, s.URL, s.PID(), s.Admin, b.pg.URL(), b.pg.PID(), strings.Join(w.Command(s.URL, 0, minute), " "))
	<-ctx.Done()
	return s.Stop()
}
