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
	Undealt(ctx context.Context, uid social.UserID, ids []social.UserID) ([]social.User, error)
	DeckTop(ctx context.Context, uid social.UserID, limit int) (persistence.DeckTop, error)
}

// Options of New. Store, Board, Rules and Registerer are required.
type Options struct {
	Store Store
	Board persistence.HotBoard
	Rules func() *social.Rules // a snapshot of the rules in force
	Now   func() time.Time     // nil: time.Now
	// Every is the time between two makings of the ranking, unless one takes so long
	// that it would be more than a quarter of the time; 0: 10 min.
	Every time.Duration
	// Look is the time between two looks at what was noted; 0: 1 s.
	Look       time.Duration
	Logger     *slog.Logger // nil: discards
	Registerer prometheus.Registerer
}

const (
	defaultEvery = 10 * time.Minute
	defaultLook  = time.Second
)

func (o *Options) complete() error {
	if o.Store == nil || o.Board == nil || o.Rules == nil || o.Registerer == nil {
		return errors.New("hot: Store, Board, Rules and Registerer are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every == 0 {
		o.Every = defaultEvery
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
	failing bool // Run's
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
	return &Service{Options: opts, metrics: m}, nil
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
		s.said(ctx, s.turn(ctx))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// turn sets what was noted and makes the ranking anew if it is time.
func (s *Service) turn(ctx context.Context) error {
	state, err := s.Board.HotState(ctx)
	if err != nil {
		return err
	}
	if err := s.catchUp(ctx, &state); err != nil {
		return err
	}
	if days := s.Rules().HotDays; state.Building == "" && (state.Shown == "" || !state.Fresh || state.Days != days) {
		return s.make(ctx, days)
	}
	return nil
}

// said logs when the ranking stops being kept and when it is again.
func (s *Service) said(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
		return
	case err != nil && !s.failing:
		s.Logger.WarnContext(ctx, "the ranking of the most liked is not kept up", slog.Any("err", err))
	case err == nil && s.failing:
		s.Logger.InfoContext(ctx, "the ranking of the most liked is kept up again")
	}
	s.failing = err != nil
}

// callTime bounds one call to a store.
const callTime = 5 * time.Second

// maxCounted is how many are counted in a turn.
const maxCounted = 256

// catchUp counts for those noted most.
func (s *Service) catchUp(ctx context.Context, state *persistence.HotState) error {
	if state.Shown == "" {
		return nil // the making that is to come counts everybody
	}
	generations := []string{state.Shown}
	if state.Building != "" && state.Days == s.Rules().HotDays {
		generations = append(generations, state.Building)
	}
	ids := s.noted.take(maxCounted)
	if len(ids) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	counts, err := s.Store.HotCounts(ctx, state.Since, ids)
	if err == nil {
		err = s.Board.PutHot(ctx, generations, counts)
	}
	if err != nil {
		for _, uid := range ids {
			s.noted.add(uid, true)
		}
		return err
	}
	s.metrics.counted.Add(float64(len(ids)))
	return nil
}
