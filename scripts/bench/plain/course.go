package plain

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/social"
)

// course deals as courses on web programming teach: whoever fits, but nobody out of
// everyone swiped so far. It asks less of a card than Swiper does: not whether the
// other would take me, not who superliked me, nor what was taken back.
type course struct {
	textbook
	listed bool // everyone swiped is read first and listed in the query
}

const (
	courseDeckSize = 20
	meSQL          = `SELECT location, dating_sex, min_dating_age, max_dating_age FROM users WHERE id = $1 AND deleted_at IS NULL`
	swipedSQL      = `SELECT sid FROM swiped WHERE uid = $1`
	courseSQL      = `SELECT id, nickname, birthday, sex, location, bio, avatar FROM users
		WHERE location = $2 AND ($3 = 'any' OR sex = $3) AND birthday > $4 AND birthday <= $5
		AND complete AND deleted_at IS NULL AND id <> $1
		AND id NOT IN (%s) LIMIT $6`
)

// Deal implements api.Actors.
func (c *course) Deal(ctx context.Context, uid social.UserID, limit int) ([]social.Card, error) {
	if limit == 0 {
		limit = courseDeckSize
	}
	var location, sex string
	var youngest, oldest int
	if err := c.pool.QueryRow(ctx, meSQL, uid).Scan(&location, &sex, &youngest, &oldest); err != nil {
		return nil, failure(ctx, fmt.Errorf("read who is asking: %w", err))
	}
	day := social.DateOf(time.Now())
	// A list of ids is another query every time: to prepare it would be for nothing.
	swiped, mode := swipedSQL, pgx.QueryExecModeCacheStatement
	if c.listed {
		mode = pgx.QueryExecModeExec
		var err error
		if swiped, err = c.list(ctx, uid); err != nil {
			return nil, failure(ctx, err)
		}
	}
	rows, err := c.pool.Query(ctx, fmt.Sprintf(courseSQL, swiped), mode,
		uid, location, sex, day.YearsAgo(oldest+1).Time(), day.YearsAgo(youngest).Time(), limit)
	if err != nil {
		return nil, failure(ctx, err)
	}
	cards, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (social.Card, error) {
		var u social.User
		var born time.Time
		if err := row.Scan(&u.ID, &u.Nickname, &born, &u.Sex, &u.Location, &u.Bio, &u.Avatar); err != nil {
			return social.Card{}, err
		}
		u.Birthday = social.DateOf(born)
		return social.CardOf(&u, day, false), nil
	})
	if err != nil {
		return nil, failure(ctx, err)
	}
	return cards, nil
}

// list reads everyone that uid has swiped, as text for a query; NULL for nobody
// would leave nobody to deal, so it begins with 0.
func (c *course) list(ctx context.Context, uid social.UserID) (string, error) {
	rows, err := c.pool.Query(ctx, swipedSQL, uid)
	if err != nil {
		return "", err
	}
	ids := []byte("0")
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		ids = strconv.AppendInt(append(ids, ','), id, 10)
		return nil
	})
	return string(ids), err
}
