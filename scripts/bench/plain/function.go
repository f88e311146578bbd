package plain

import (
	"context"
	_ "embed" // the function's text
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

//go:embed function.sql
var functionSQL string

const callSQL = `SELECT stored, inserted, friends, swiper, stranger FROM plain_swipe($1, $2, $3, $4, $5)`

// function stores each swipe by one call: one round trip, which is its own transaction.
type function struct {
	unsupported
	pool *pgxpool.Pool
}

func newFunction(ctx context.Context, pool *pgxpool.Pool) (*function, error) {
	if _, err := pool.Exec(ctx, functionSQL, pgx.QueryExecModeSimpleProtocol); err != nil {
		return nil, fmt.Errorf("plain: create the function: %w", err)
	}
	return &function{pool: pool}, nil
}

// Swipe implements api.Actors.
func (f *function) Swipe(ctx context.Context, s social.Swipe, _ persistence.IdempotencyKey) (social.SwipeResult, error) {
	var o outcome
	err := f.pool.QueryRow(ctx, callSQL, s.UID, s.SID, int16(s.Mark), s.Time, lockOf(s.UID, s.SID)).
		Scan(&o.stored, &o.inserted, &o.friends, &o.swiper, &o.stranger)
	if err != nil {
		return social.SwipeResult{}, failure(ctx, err)
	}
	return o.answer(s)
}
