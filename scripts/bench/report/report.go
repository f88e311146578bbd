package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/rig"
)

// Report is everything that one run of the comparison has measured.
type Report struct {
	Started  time.Time         `json:"started"`
	Took     float64           `json:"took_s"`
	Machine  rig.Machine       `json:"machine"`
	Postgres string            `json:"postgres"`
	Settings map[string]string `json:"settings"` // options of the run, settings of PostgreSQL
	Swipes   int64             `json:"swipes_at_the_start"`
	Pools    []PoolTrial       `json:"pools,omitempty"`
	Rounds   []Round           `json:"rounds,omitempty"`
	Embedded []Round           `json:"embedded,omitempty"` // on SQLite
	Active   []Round           `json:"active,omitempty"`   // Swiper, by how many people are active
	Cluster  []Round           `json:"cluster,omitempty"`  // one process and several
	Latency  []Latency         `json:"latency,omitempty"`
	Decks    []Deck            `json:"decks,omitempty"`
	Memory   *Memory           `json:"memory,omitempty"`
}

// Round is one design under full load for a while. The CPU times are of all cores.
type Round struct {
	Design   string  `json:"design"`
	Number   int     `json:"round"` // from 1
	Pool     int     `json:"pool,omitempty"`
	Active   int64   `json:"active_users"`
	OK       int64   `json:"ok"` // answers 2xx while it was measured
	Errors   int64   `json:"errors"`
	Answered int64   `json:"answered"` // 2xx of designs that store, warm-up included
	Stored   int64   `json:"stored"`   // rows more in swiped meanwhile
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"swipes_per_second"`
	ServerUs float64 `json:"server_cpu_us"`   // a swipe
	DBUs     float64 `json:"postgres_cpu_us"` // a swipe
	WRKUs    float64 `json:"wrk_cpu_us"`      // a swipe
	WALBytes float64 `json:"wal_bytes"`       // a swipe
	P50Ms    float64 `json:"p50_ms"`
	P99Ms    float64 `json:"p99_ms"`
	MaxMs    float64 `json:"max_ms"`
	RSSBytes int64   `json:"server_rss_bytes"` // at the end
}

// PoolTrial is a short round that looks for a design's best pool.
type PoolTrial struct {
	Design string  `json:"design"`
	Pool   int     `json:"pool"`
	Rate   float64 `json:"swipes_per_second"`
}

// Latency is one design at a constant rate, counted from when a request was to be sent.
type Latency struct {
	Design string  `json:"design"`
	Rate   float64 `json:"rate"`
	Sent   int     `json:"sent"`
	Errors int     `json:"errors"`
	P50Ms  float64 `json:"p50_ms"`
	P99Ms  float64 `json:"p99_ms"`
	MaxMs  float64 `json:"max_ms"`
}

// Deck is dealing by one design to people who have swiped so many.
type Deck struct {
	Design  string  `json:"design"`
	Swiped  int     `json:"swiped"`
	Clients int     `json:"clients"`
	First   bool    `json:"first"` // a user's first after the server's start
	Deals   int     `json:"deals"`
	Cards   float64 `json:"cards"` // a deal, on average
	P50Ms   float64 `json:"p50_ms"`
	P99Ms   float64 `json:"p99_ms"`

	Millis    []float64 `json:"-"` // each deal
	CardsSeen int       `json:"-"` // all together
}

// MergeDecks puts the same dealing of several passes together, in the order of
// first appearance, and counts Deals, Cards and percentiles.
func MergeDecks(passes []Deck) []Deck {
	var out []Deck
	for _, d := range passes {
		i := slices.IndexFunc(out, func(o Deck) bool {
			return o.Design == d.Design && o.Swiped == d.Swiped && o.Clients == d.Clients && o.First == d.First
		})
		if i < 0 {
			out = append(out, d)
			continue
		}
		out[i].Millis = append(slices.Clone(out[i].Millis), d.Millis...)
		out[i].CardsSeen += d.CardsSeen
	}
	for i := range out {
		d := &out[i]
		d.Deals, d.Cards = len(d.Millis), float64(d.CardsSeen)/float64(max(len(d.Millis), 1))
		d.P50Ms, d.P99Ms = Median(d.Millis), Percentile(d.Millis, 99)
	}
	return out
}

// Memory is what people cost who are active and idle, measured inside a process
// on a store that answers from memory.
type Memory struct {
	Users     int     `json:"users"`
	Swiped    int     `json:"swiped"`
	HeapBytes float64 `json:"heap_bytes_per_user"` // live after collection, stacks included
	SysBytes  float64 `json:"sys_bytes_per_user"`  // taken from the system
}

// summary is the medians of a design's rounds.
type summary struct {
	Round
	rounds int
}

// summarize gives each design's medians, in the order of first appearance.
func summarize(rounds []Round) []summary {
	by := map[string][]Round{}
	first := map[string]int{}
	for i, r := range rounds {
		by[r.Design] = append(by[r.Design], r)
		if _, ok := first[r.Design]; !ok {
			first[r.Design] = i
		}
	}
	var out []summary
	for _, design := range slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Compare(first[a], first[b]) }) {
		rs := by[design]
		s := summary{Round: rs[0], rounds: len(rs)}
		s.OK, s.Errors, s.Stored = 0, 0, 0
		for _, r := range rs {
			s.OK, s.Errors, s.Stored = s.OK+r.OK, s.Errors+r.Errors, s.Stored+r.Stored
		}
		for _, f := range []func(*Round) *float64{
			func(r *Round) *float64 { return &r.Rate }, func(r *Round) *float64 { return &r.ServerUs },
			func(r *Round) *float64 { return &r.DBUs }, func(r *Round) *float64 { return &r.WRKUs },
			func(r *Round) *float64 { return &r.WALBytes }, func(r *Round) *float64 { return &r.P50Ms },
			func(r *Round) *float64 { return &r.P99Ms },
		} {
			var values []float64
			for i := range rs {
				values = append(values, *f(&rs[i]))
			}
			*f(&s.Round) = Median(values)
		}
		out = append(out, s)
	}
	return out
}

// Rate gives the median rate of a design's rounds, 0 if it had none.
func (r *Report) Rate(design string) float64 {
	for _, s := range summarize(r.Rounds) {
		if s.Design == design {
			return s.Rate
		}
	}
	return 0
}

// Median gives the middle of values, the mean of the two in the middle of an even
// number, 0 of none.
func Median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	switch n := len(s); {
	case n == 0:
		return 0
	case n%2 == 1:
		return s[n/2]
	default:
		return (s[n/2-1] + s[n/2]) / 2
	}
}

// Percentile gives the value that p of 100 are not above, 0 of none.
func Percentile(values []float64, p float64) float64 {
	s := slices.Sorted(slices.Values(values))
	if len(s) == 0 {
		return 0
	}
	return s[min(len(s)-1, int(float64(len(s))*p/100))]
}
