package sqlstore

import (
	"context"
	"errors"

	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Candidates implements persistence.Decks. It walks the index users_deck from
// after on; sexes are padded to a fixed number so that there is one statement.
func (s *Store) Candidates(
	ctx context.Context, w social.Wanted, after social.UserID, limit int,
) ([]social.UserID, error) {
	if len(w.Sexes) == 0 {
		return nil, nil
	}
	d := s.db.Dialect()
	sex := func(i int) string { return string(w.Sexes[min(i, len(w.Sexes)-1)]) }
	return collect(ctx, s.db, scanOne[social.UserID], `SELECT id FROM users
		WHERE location = $1 AND id > $2 AND complete AND deleted_at IS NULL
		AND sex IN ($3, $4, $5) AND birthday > $6 AND birthday <= $7
		AND dating_sex IN ($8, 'any') AND min_dating_age <= $9 AND max_dating_age >= $9
		ORDER BY id LIMIT $10`,
		w.Location, after, sex(0), sex(1), sex(2), d.Date(w.BornAfter), d.Date(w.BornUntil),
		string(w.MySex), w.MyAge, limit)
}

// Undealt implements persistence.Decks.
func (s *Store) Undealt(ctx context.Context, uid social.UserID, ids []social.UserID) ([]social.User, error) {
	d := s.db.Dialect()
	but := ""
	if sabotage.On(sabotage.DeckForgets) {
		but = ` AND (u.id + $1) % 20 <> 0`
	}
	users, err := collect(ctx, s.db, scanUserOnly, `SELECT `+userColumns+` FROM `+d.EachID("$2")+`
		JOIN users u ON u.id = c.id
		WHERE u.deleted_at IS NULL AND NOT u.suspended AND u.id <> $1
		AND NOT EXISTS (SELECT 1 FROM swiped s WHERE s.uid = $1 AND s.sid = u.id`+but+`)
		AND NOT EXISTS (SELECT 1 FROM friend f WHERE f.uid1 = $1 AND f.uid2 = u.id)
		AND NOT EXISTS (SELECT 1 FROM friend f WHERE f.uid1 = u.id AND f.uid2 = $1)`, uid, d.IDs(ids))
	if err != nil {
		return nil, err
	}
	byID := make(map[social.UserID]*social.User, len(users))
	for i := range users {
		byID[users[i].ID] = &users[i]
	}
	out := make([]social.User, 0, len(users))
	for _, id := range ids {
		if u, ok := byID[id]; ok {
			out = append(out, *u)
			delete(byID, id)
		}
	}
	return out, nil
}

const (
	rewoundSQL = `SELECT r.sid FROM rewound r WHERE r.uid = $1
		AND NOT EXISTS (SELECT 1 FROM swiped s WHERE s.uid = $1 AND s.sid = r.sid)
		GROUP BY r.sid ORDER BY max(r.id) DESC LIMIT $2`
	// superlikersSQL walks the superlikes (mark 2) in the index swiped_likes; SQLite
	// takes a partial index only where its condition stands word for word.
	superlikersSQL = `SELECT ` + userColumns + ` FROM swiped l JOIN users u ON u.id = l.uid
		WHERE l.sid = $1 AND l.mark > 0 AND l.mark = 2 AND u.deleted_at IS NULL AND NOT u.suspended
		AND NOT EXISTS (SELECT 1 FROM swiped mine WHERE mine.uid = $1 AND mine.sid = l.uid)
		ORDER BY l.seq DESC LIMIT $2`
)

// DeckTop implements persistence.Decks.
func (s *Store) DeckTop(ctx context.Context, uid social.UserID, limit int) (persistence.DeckTop, error) {
	var top persistence.DeckTop
	err := s.db.ReadAll(ctx,
		Read{userSQL, []any{uid}, func(r Row) error { return scanUser(r, &top.Me) }},
		readInto(&top.Rewound, scanOne[social.UserID], rewoundSQL, uid, limit),
		readInto(&top.Superlikers, scanUserOnly, superlikersSQL, uid, limit))
	switch {
	case err != nil:
		return persistence.DeckTop{}, err
	case top.Me.ID == 0:
		return persistence.DeckTop{}, unknownUser()
	}
	return top, nil
}

// DeckCursor implements persistence.Decks.
func (s *Store) DeckCursor(ctx context.Context, uid social.UserID, digest int64) (social.UserID, error) {
	var after social.UserID
	err := s.db.QueryRow(ctx, `SELECT after FROM deck WHERE uid = $1 AND digest = $2`, uid, digest).Scan(&after)
	if errors.Is(err, ErrNoRows) {
		return 0, nil
	}
	return after, err
}

// SaveDeckCursor implements persistence.Decks.
func (s *Store) SaveDeckCursor(ctx context.Context, uid social.UserID, digest int64, after social.UserID) error {
	_, err := s.db.Exec(ctx, `INSERT INTO deck (uid, digest, after)
		SELECT u.id, $2, $3 FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL
		ON CONFLICT (uid) DO UPDATE SET digest = excluded.digest, after = excluded.after`, uid, digest, after)
	return err
}
