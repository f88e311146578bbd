//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/plain"
)

// swiper is the design that the others are compared with.
const swiper = "swiper"

// The parts of a comparison.
const (
	partRounds   = "rounds"
	partLatency  = "latency"
	partEmbedded = "embedded"
	partDeck     = "deck"
	partActive   = "active"
	partMemory   = "memory"
	partCluster  = "cluster"
)

// options is what was asked for.
type options struct {
	Rounds      int
	Round       time.Duration
	Warmup      time.Duration
	Prefill     int64
	Active      int64
	Designs     []string
	Variants    []variant
	Pool        int
	Connections int
	Threads     int
	Parts       []string
	Quick, Full bool
	Keep        string // a design
	Out, Cache  string
	Swiper      string // flags
	Program     string // instead of a Swiper built here
	Profile     string
	Postgres    []string
	Checkpoint  bool
	Memory      int // people
}

// variant is another Swiper among the designs: other flags, or another build.
type variant struct{ name, program, flags string }

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// keep is a flag that may stand without a value.
type keep string

func (k *keep) String() string   { return string(*k) }
func (k *keep) IsBoolFlag() bool { return true }

func (k *keep) Set(s string) error {
	if *k = keep(s); s == "true" {
		*k = swiper
	}
	return nil
}

func parse(args []string) (options, error) {
	var o options
	var variants, settings list
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	seconds := f.Int("seconds", 10, "length of a round")
	f.BoolVar(&o.Quick, "quick", false, "every part but the active people and the cluster, shortened to fit in 5 minutes")
	f.BoolVar(&o.Full, "full", false, "every part at full length")
	f.IntVar(&o.Rounds, "rounds", 3, "rounds of every design")
	f.DurationVar(&o.Warmup, "warmup", 3*time.Second, "load before a round is measured, whole seconds")
	f.Int64Var(&o.Prefill, "prefill", 20_000_000, "swipes in the table at the start, by a twentieth as many people")
	f.Int64Var(&o.Active, "active", 20_000, "people who swipe")
	designs := f.String("designs", "empty,textbook,function,swiper", "what is compared, in this order")
	f.Var(&variants, "variant", "another Swiper among the designs, NAME[@PROGRAM]=FLAGS; may be repeated")
	f.IntVar(&o.Pool, "pool", 0, "connections of the plain designs; 0: the best of 8, 16, 32, 64 is looked for")
	f.IntVar(&o.Connections, "connections", 512, "connections of wrk")
	f.IntVar(&o.Threads, "threads", 1, "threads of wrk")
	parts := f.String("parts", partRounds, "what is measured: rounds, latency, embedded, deck, active, memory, cluster")
	f.Var((*keep)(&o.Keep), "keep", "measure nothing: prepare, run Swiper, or the design named by --keep=, and leave everything running until Ctrl-C")
	f.StringVar(&o.Out, "out", ".bench/report", "folder for the results")
	f.StringVar(&o.Cache, "cache", ".bench", "folder that keeps prepared databases and programs")
	f.StringVar(&o.Swiper, "swiper.flags", "", "flags of Swiper besides its defaults")
	f.StringVar(&o.Program, "swiper.program", "", "a built Swiper; empty: the one of this source")
	f.StringVar(&o.Profile, "profile", "", "profile that guides the build of all servers")
	f.Var(&settings, "postgres", "another setting of PostgreSQL, name=value; may be repeated")
	f.BoolVar(&o.Checkpoint, "checkpoint", false, "a checkpoint before every round")
	f.IntVar(&o.Memory, "memory", 1_000_000, "people whose memory is measured")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.Round, o.Designs, o.Parts, o.Postgres = time.Duration(*seconds)*time.Second, strings.Split(*designs, ","), strings.Split(*parts, ","), settings
	all := []string{partRounds, partLatency, partEmbedded, partDeck, partActive, partMemory, partCluster}
	set := map[string]bool{}
	f.Visit(func(f *flag.Flag) { set[f.Name] = true })
	if (o.Quick || o.Full) && !set["parts"] {
		o.Parts = all
	}
	if o.Quick {
		o.Round, o.Warmup, o.Memory = quickRound, quickWarmup, quickMemory
		o.Parts = slices.DeleteFunc(o.Parts, func(p string) bool { return p == partActive || p == partCluster })
	}
	for _, v := range variants {
		name, flags, ok := strings.Cut(v, "=")
		if !ok {
			return o, fmt.Errorf("--variant %q: NAME[@PROGRAM]=FLAGS is needed", v)
		}
		name, program, _ := strings.Cut(name, "@")
		o.Variants = append(o.Variants, variant{name, program, flags})
		o.Designs = append(o.Designs, name)
	}
	return o, o.check(all)
}

// What --quick shortens.
const (
	quickRound  = 5 * time.Second
	quickWarmup = 2 * time.Second
	quickMemory = 200_000
)

func (o *options) check(parts []string) error {
	known := append([]string{swiper}, plain.Designs()...)
	for _, v := range o.Variants {
		known = append(known, v.name)
	}
	wanted := o.Designs
	if o.Keep != "" {
		wanted = append(slices.Clone(wanted), o.Keep)
	}
	for _, d := range wanted {
		if !slices.Contains(known, d) {
			return fmt.Errorf("there is no design %q; there are %s", d, strings.Join(known, ", "))
		}
	}
	for _, p := range o.Parts {
		if !slices.Contains(parts, p) {
			return fmt.Errorf("there is no part %q; there are %s", p, strings.Join(parts, ", "))
		}
	}
	switch {
	case o.Rounds < 1 || o.Round < time.Second || o.Warmup < time.Second:
		return errors.New("rounds, seconds and warmup must be at least 1")
	case o.Connections < o.Threads || o.Threads < 1:
		return errors.New("threads must be at least 1 and connections as many as threads")
	}
	return nil
}

// describe gives the options that figures depend on.
func (o *options) describe() map[string]string {
	return map[string]string{
		"rounds": strconv.Itoa(o.Rounds), "round": o.Round.String(), "warmup": o.Warmup.String(), "active": strconv.FormatInt(o.Active, 10),
		"connections": strconv.Itoa(o.Connections), "wrk threads": strconv.Itoa(o.Threads), "swiper flags": o.Swiper,
		"checkpoint before rounds": strconv.FormatBool(o.Checkpoint), "postgres": strings.Join(o.Postgres, " "),
	}
}
