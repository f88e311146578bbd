package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// warmTimeout bounds the preparations of a new connection.
const warmTimeout = 2 * time.Second

// warm has a new connection parse and plan what the first deck of a user asks for,
// which takes as long as the rest of that deck: nobody should wait for it. It is
// no check: before the migrations there are no tables to ask.
func warm(ctx context.Context, c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	s := &Store{Store: sqlstore.New(&db{conn: conn{c}, pool: c}), pool: c}
	if _, err := s.SwipedIDs(ctx, nobody); err != nil {
		return
	}
	_, _ = s.DeckTop(ctx, nobody, 1)
	_, _ = s.DeckCursor(ctx, nobody, 0)
	_, _ = s.Candidates(ctx, social.Wanted{Sexes: []social.Sex{social.SexOther}}, nobody, 1)
	_, _ = s.Undealt(ctx, nobody, nil)
}

// nobody is no user's id.
const nobody = social.UserID(0)
