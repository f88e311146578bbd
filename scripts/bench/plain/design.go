package plain

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// The designs.
const (
	// Empty answers a swipe at once and stores nothing: what the way in costs.
	Empty = "empty"
	// Textbook stores a swipe in a transaction of several statements.
	Textbook = "textbook"
	// Function stores a swipe by one call of a function in the database.
	Function = "function"
	// Course is Textbook, and deals by the query of a web course, whose condition is
	// a subquery.
	Course = "course"
	// CourseORM is Course as an object-relational mapper sends it: everyone swiped is
	// read, and listed in the query.
	CourseORM = "course-orm"
)

// Designs lists every design.
func Designs() []string { return []string{Empty, Textbook, Function, Course, CourseORM} }

// Options of New. All are required.
type Options struct {
	// Design is one of Designs.
	Design string
	// URL is the database's, whose tables stand already; its search_path counts.
	URL string
	// Pool is how many connections there are, all of them open from the start.
	Pool int
}

// New gives a design behind the interface that the public API asks. close gives
// its connections back.
func New(ctx context.Context, o Options) (a api.Actors, closeAll func(), err error) {
	if o.Design == Empty {
		return empty{}, func() {}, nil
	}
	if o.Pool < 1 || o.Pool > 1000 {
		return nil, nil, fmt.Errorf("plain: pool must be 1 to 1000, not %d", o.Pool)
	}
	conf, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("plain: database url: %w", err)
	}
	conf.MaxConns, conf.MinConns = int32(o.Pool), int32(o.Pool)
	conf.ConnConfig.RuntimeParams["application_name"] = "plain-" + o.Design
	conf.ConnConfig.RuntimeParams["default_transaction_isolation"] = "read committed"
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, nil, fmt.Errorf("plain: open the database: %w", err)
	}
	if a, err = build(ctx, o.Design, pool); err != nil {
		pool.Close()
		return nil, nil, err
	}
	return a, pool.Close, nil
}

func build(ctx context.Context, design string, pool *pgxpool.Pool) (api.Actors, error) {
	switch design {
	case Textbook:
		return &textbook{pool: pool}, nil
	case Function:
		return newFunction(ctx, pool)
	case Course:
		return &course{textbook: textbook{pool: pool}}, nil
	case CourseORM:
		return &course{textbook: textbook{pool: pool}, listed: true}, nil
	}
	return nil, fmt.Errorf("plain: there is no design %q", design)
}

// unsupported refuses what no design is compared by.
type unsupported struct{}

func (unsupported) Rewind(context.Context, social.UserID, persistence.IdempotencyKey) (social.RewindResult, error) {
	return social.RewindResult{}, notCompared()
}

func (unsupported) Deal(context.Context, social.UserID, int) ([]social.Card, error) {
	return nil, notCompared()
}

func (unsupported) Unfriend(context.Context, social.UserID, social.UserID) error {
	return notCompared()
}

func notCompared() error {
	return social.Errorf(social.CodeUnavailable, "This design does not offer that.")
}

// outcome is what the tables say about one swipe.
type outcome struct {
	stored            social.Mark // that stands; 0: none
	inserted, friends bool
	swiper, stranger  bool // whether they exist
}

// answer turns an outcome into what the API tells, as Swiper's stores do.
func (o *outcome) answer(s social.Swipe) (social.SwipeResult, error) {
	switch {
	case o.stored != 0:
		return social.Settle(s, o.stored, o.inserted, o.friends)
	case !o.swiper:
		return social.SwipeResult{}, social.Errorf(social.CodeUnauthenticated, "This account does not exist.")
	}
	return social.SwipeResult{}, &social.Error{Code: social.CodeUserNotFound, Message: "There is no such user.", Field: "user_id"}
}

// failure wraps what the database says; a request that ran out of time is no fault of ours.
func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &social.Error{Code: social.CodeTimeout, Message: "The database did not answer in time.", Cause: err}
	}
	return &social.Error{Code: social.CodeInternal, Message: "Something went wrong on our side.", Cause: err}
}

// lockOf names the advisory lock of a pair: both directions take the same. Two
// pairs that share one only wait for each other.
func lockOf(uid, sid social.UserID) int64 {
	p := social.PairOf(uid, sid)
	return int64(uint64(p.UID1)*0x9E3779B97F4A7C15 + uint64(p.UID2)) //nolint:gosec // ids are positive, any 64 bits do
}
