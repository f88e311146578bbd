package overview

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	defaultEvery = 5 * time.Second
	defaultKeep  = time.Hour
)

// Options of New. Only Gatherer is required.
type Options struct {
	Gatherer prometheus.Gatherer
	Every    time.Duration    // between two samples; 0: 5 s
	Keep     time.Duration    // how far back points reach; 0: 1 h
	Now      func() time.Time // nil: time.Now
	// Tell is given each point, by Run; it may take a moment. nil: nobody is told.
	Tell   func(ctx context.Context, p Point)
	Logger *slog.Logger // nil: discards
}

// Point is what went on between two samples. Rates are per second.
type Point struct {
	Seq      int64     `json:"seq"` // one more each time
	At       time.Time `json:"at"`  // its end
	Requests float64   `json:"requests"`
	Swipes   float64   `json:"swipes"`
	Matches  float64   `json:"matches"`
	Errors   float64   `json:"errors"` // answered with 5xx, or refused at the door of a full node
	P99      *float64  `json:"p99_ms"` // of requests, milliseconds; null: there were none
	Batch    *float64  `json:"batch"`  // swipes a commit on average; null: there were none
	Users    float64   `json:"users"`  // user actors in memory
}

// Sampler takes the samples and keeps the points.
type Sampler struct {
	o    Options
	keep int
	told int64 // Run's

	mu     sync.Mutex
	last   *reading // nil: none yet
	lastAt time.Time
	seq    int64
	points []Point // the oldest first, at most keep
}

// New makes a sampler; Run makes it take samples.
func New(o Options) (*Sampler, error) {
	if o.Gatherer == nil {
		return nil, errors.New("overview: Gatherer is required")
	}
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Sampler{o: o, keep: max(1, int(o.Keep/o.Every))}, nil
}

// Every is the time between two samples.
func (s *Sampler) Every() time.Duration { return s.o.Every }

// Keep is how far back the points reach.
func (s *Sampler) Keep() time.Duration { return s.o.Keep }

// Run takes samples until ctx ends; it returns nil then.
func (s *Sampler) Run(ctx context.Context) error {
	turns := time.NewTicker(s.o.Every)
	defer turns.Stop()
	for {
		if err := s.Sample(); err != nil {
			s.o.Logger.WarnContext(ctx, "the metrics could not be read for the overview", slog.Any("err", err))
		} else if latest := s.Since(s.told); s.o.Tell != nil && len(latest) > 0 {
			s.told = latest[len(latest)-1].Seq
			s.o.Tell(ctx, latest[len(latest)-1])
		}
		select {
		case <-ctx.Done():
			return nil
		case <-turns.C:
		}
	}
}

// Sample takes one sample. The first one makes no point: there is nothing to
// compare it with.
func (s *Sampler) Sample() error {
	families, err := s.o.Gatherer.Gather()
	if err != nil {
		return err
	}
	now, at := read(families), s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if span := at.Sub(s.lastAt).Seconds(); s.last != nil && span > 0 {
		s.seq++
		p := now.since(s.last, span)
		p.Seq, p.At = s.seq, at.UTC()
		if len(s.points) == s.keep {
			copy(s.points, s.points[1:])
			s.points = s.points[:s.keep-1]
		}
		s.points = append(s.points, p)
	}
	s.last, s.lastAt = now, at
	return nil
}

// Since gives the points behind seq, the oldest first; 0: all there are.
func (s *Sampler) Since(seq int64) []Point {
	s.mu.Lock()
	defer s.mu.Unlock()
	behind := min(max(0, s.seq-seq), int64(len(s.points)))
	return append([]Point{}, s.points[int64(len(s.points))-behind:]...)
}
