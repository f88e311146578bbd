//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/swiperhq/swiper/scripts/chaos/fault"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/probe"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

const (
	// probers is how many users the probe acts for.
	probers = 400
	// perNode and balanced are the probe's calls a second.
	perNode, balanced = 25, 25
	// lead is how long load and probe run before the first fault.
	lead = 5 * time.Second
	// margin is what of the load's time is not planned with: its first look at the
	// users, the lead, and what comes after the last fault.
	margin = lead + 3*time.Second
)

// bout is the run for one fault.
type bout struct {
	p     *program
	o     *options
	f     *fault.Fault
	built *binaries
	dir   string // for data

	stage  *stage.Stage
	probe  *probe.Probe
	tokens client.Keyring
	load   *load
	record judge.Record
	mu     sync.Mutex // of the record
}

func (b *bout) lasts() time.Duration { return max(b.o.duration, b.f.Least+margin) }

func (b *bout) reports() string { return filepath.Join(b.o.report, b.f.Name) }

func (b *bout) say(format string, args ...any) {
	b.p.say("%s: %s", b.f.Name, fmt.Sprintf(format, args...))
}

// run makes the whole bout and judges it.
func (b *bout) run(ctx context.Context) (result faultResult, err error) {
	for _, dir := range []string{b.dir, b.reports()} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must pass; a report is for everyone to read
			return result, err
		}
	}
	b.say("%s", b.f.Does)
	if err := b.setUp(ctx); err != nil {
		return result, err
	}
	defer func() {
		err = errors.Join(err, b.load.end(), b.stage.Close())
	}()
	if err := b.play(ctx); err != nil {
		return result, err
	}
	if err := b.writeCalls(); err != nil {
		return result, err
	}
	verdict, err := b.load.verdict(ctx)
	if err != nil {
		return result, err
	}
	if b.f.Finish != nil {
		if err := b.f.Finish(ctx, b.scene()); err != nil {
			return result, err
		}
	}
	b.record.Exits = b.exits()
	return b.judge(verdict), nil
}

// setUp sets the stage.
func (b *bout) setUp(ctx context.Context) error {
	o := stage.Options{
		Dir: b.dir, Logs: b.reports(), Binary: b.built.swiper[b.built.tags(b.f, b.o)], Nodes: b.o.nodes, Provider: stage.Provider(b.o.provider),
		Users: int64(b.o.users + probers + b.f.Crowd), Say: b.say,
	}
	if b.o.sabotage != "" {
		o.Env = []string{"SWIPER_SABOTAGE=" + b.o.sabotage}
	}
	if b.f.Prepare != nil {
		if err := b.f.Prepare(&o, b.lasts()); err != nil {
			return err
		}
	}
	var err error
	if b.stage, err = stage.Open(ctx, o); err != nil {
		return err
	}
	b.p.haste.On(b.abandon)
	b.record.Nodes = o.Nodes
	if err := b.openProbe(ctx); err != nil {
		return errors.Join(err, b.stage.Close())
	}
	return nil
}

// abandon ends at once what would outlive the program.
func (b *bout) abandon() {
	if b.load != nil && b.load.Process != nil {
		_ = b.load.Signal(os.Kill) // fails only when it is gone
	}
	b.stage.Abandon()
}

// users gives the ids of n users behind those who were given before.
func (b *bout) users(before, n int) []social.UserID {
	ids := make([]social.UserID, n)
	for i := range ids {
		ids[i] = social.UserID(before + i + 1)
	}
	return ids
}

func (b *bout) openProbe(ctx context.Context) error {
	ids := b.users(b.o.users, probers+b.f.Crowd)
	admin, err := client.NewAdmin(b.stage.Nodes[0].Admin, "")
	if err != nil {
		return err
	}
	defer admin.Close()
	const day = 24 * time.Hour
	if err := admin.Tokens(ctx, ids, b.lasts()+time.Duration(1+b.f.Days)*day, &b.tokens); err != nil {
		return err
	}
	o := probe.Options{
		Targets: b.stage.Targets(), Ready: b.stage.Ready, Nodes: b.record.Nodes, Tokens: &b.tokens, Users: ids[:probers],
		PerNode: perNode, Balanced: balanced,
	}
	if b.f.Probe != nil {
		b.f.Probe(&o)
	}
	b.probe, err = probe.New(o)
	return err
}

func (b *bout) scene() *fault.Scene {
	return &fault.Scene{
		Stage: b.stage, Probe: b.probe, Note: b.note, Say: b.say, Record: &b.record, Tokens: &b.tokens,
		Crowd: b.users(b.o.users+probers, b.f.Crowd), History: b.load.history(),
	}
}

func (b *bout) note(i judge.Injection) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.record.Injections = append(b.record.Injections, i)
}

// play lets the load play and injects the fault meanwhile.
func (b *bout) play(ctx context.Context) error {
	var err error
	if b.load, err = b.startLoad(); err != nil {
		return err
	}
	if err := b.load.plays(ctx); err != nil {
		return err
	}
	b.say("the load plays")
	watched, stop := context.WithCancel(ctx)
	defer stop()
	b.record.Start = time.Now()
	var watchers sync.WaitGroup
	watchers.Go(func() { b.probe.Run(watched) })
	watchers.Go(func() { b.watch(watched) })
	watchers.Go(func() { b.watchStalls(watched) })
	begin := b.record.Start.Add(lead)
	for _, step := range b.f.Steps(b.o.seed, b.record.Nodes, b.lasts()-margin) {
		if err := fault.Sleep(ctx, time.Until(latest(begin.Add(step.At), b.seen()))); err != nil {
			return err
		}
		b.say("%s%s", step.What, ofNode(step.Node))
		if err := b.f.Act(ctx, b.scene(), step); err != nil {
			return err
		}
	}
	if err := b.load.note(b.record.Injections, b.seen()); err != nil {
		return err
	}
	if err := fault.Sleep(ctx, time.Until(latest(begin.Add(b.lasts()-margin), b.seen()))); err != nil {
		return err
	}
	b.record.End = time.Now()
	stop()
	watchers.Wait()
	b.record.Samples = b.probe.Samples()
	return nil
}

// seen gives until when what follows the latest injection is looked at.
func (b *bout) seen() (at time.Time) {
	for _, i := range b.record.Injections {
		at = latest(at, i.To.Add(b.f.After))
	}
	return at
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func ofNode(node int) string {
	if node == judge.NoNode {
		return ""
	}
	return fmt.Sprintf(" (node %d)", node+1)
}

func (b *bout) exits() (exits []judge.Exit) {
	for _, n := range b.stage.Nodes {
		for _, e := range n.Exits() {
			exits = append(exits, judge.Exit{Node: n.Number, At: e.At, Status: e.Status, Asked: e.Asked})
		}
	}
	return exits
}
