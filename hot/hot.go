package hot

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Store is what is read of the database; see persistence for the contract of each.
type Store interface {
	persistence.Hot
	User(ctx context.Context, id social.UserID) (social.User, error)
	Undealt(ctx context.Context, uid social.UserID, ids []social.UserID) ([]social.User, error)
	Superlikers(ctx context.Context, uid social.UserID, ids []social.UserID) ([]social.UserID, error)
}

// Options of New. Store, Board, Rules and Registerer are required.
type Options struct {
	Store Store
	Board persistence.HotBoard
	Rules func() *social.Rules // a snapshot of the rules in force
	Now   func() time.Time     // nil: time.Now
	// Look is the time between two looks at what was noted; 0: 1 s.
	Look       time.Duration
	Logger     *slog.Logger // nil: discards
	Registerer prometheus.Registerer
}

const defaultLook = time.Second

func (o *Options) complete() error {
	if o.Store == nil || o.Board == nil || o.Rules == nil || o.Registerer == nil {
		return errors.New("hot: Store, Board, Rules and Registerer are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Look == 0 {
		o.Look = defaultLook
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Service keeps the ranking up and shows it.
type Service struct {
	Options
	noted   notes
	metrics *metrics

	// Run's:
	failing bool
	batch   batch     // counted in a turn
	rested  time.Time // when counting goes on
}

// New makes a service; without Run it shows what others keep.
func New(opts Options) (*Service, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	m, err := newMetrics(opts.Registerer)
	if err != nil {
		return nil, err
	}
	return &Service{Options: opts, metrics: m, batch: newBatch(maxCounted)}, nil
}

// Note takes note that somebody was liked, or is not any more. It never blocks.
func (s *Service) Note(uid social.UserID, kind social.EventKind) {
	if !s.noted.add(uid, kind == social.EventUnmatched || kind == social.HintUnliked) {
		s.metrics.dropped.Inc()
	}
}

// Run keeps the ranking up until ctx ends; it returns nil then.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.Look)
	defer tick.Stop()
	for {
		kept, err := s.turn(ctx)
		s.said(ctx, kept, err)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// turn sets what was noted and makes the ranking anew if it is time. kept tells that
// nothing was left undone: it may be another node that makes it, and fails.
func (s *Service) turn(ctx context.Context) (kept bool, err error) {
	state, err := s.Board.HotState(ctx)
	if err != nil {
		return false, err
	}
	counted, err := s.catchUp(ctx, &state)
	if err != nil {
		return false, err
	}
	days := s.Rules().HotDays
	stands := state.Shown != "" && state.Fresh && state.Days == days
	if !stands && state.Building == "" {
		return false, s.make(ctx, days)
	}
	return stands && counted, nil
}

// said logs when the ranking stops being kept and when it is again.
func (s *Service) said(ctx context.Context, kept bool, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !s.failing:
		s.failing = true
		s.Logger.WarnContext(ctx, "the ranking of the most liked is not kept up", slog.Any("err", err))
	case kept && s.failing:
		s.failing = false
		s.Logger.InfoContext(ctx, "the ranking of the most liked is kept up again")
	}
}

const (
	// callTime bounds one call to a store.
	callTime = 5 * time.Second
	// maxCounted is how many are counted in a turn.
	maxCounted = 256
)

// catchUp counts for those noted most, unless it is time to rest: what that takes
// depends on how many likes they have. ok is false if it rested.
func (s *Service) catchUp(ctx context.Context, state *persistence.HotState) (ok bool, err error) {
	if state.Shown == "" {
		return true, nil // the making that is to come counts everybody
	}
	generations := []string{state.Shown}
	if state.Building != "" && state.Days == s.Rules().HotDays {
		generations = append(generations, state.Building)
	}
	begun := time.Now()
	if begun.Before(s.rested) {
		return false, nil
	}
	ids := s.noted.take(s.batch.size)
	if len(ids) == 0 {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	counts, err := s.Store.HotCounts(ctx, state.Since, ids)
	if err == nil {
		err = s.Board.PutHot(ctx, generations, counts)
	}
	s.batch.went(err)
	s.rested = time.Now().Add(rest * time.Since(begun))
	if err != nil {
		for _, uid := range ids {
			s.noted.add(uid, false) // behind others: it may be these who are too much
		}
		return false, err
	}
	s.metrics.counted.Add(float64(len(ids)))
	return true, nil
}
