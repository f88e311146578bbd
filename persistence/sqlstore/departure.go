package sqlstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Depart implements persistence.Departures. It holds every slot while it marks
// the user: a swipe that began before is stored with its friendship or seen to
// come too late, so whoever returns finds no pair of likes without one. The
// task comes first, as nobody is to wait for its round trips.
func (s *Store) Depart(
	ctx context.Context, uid social.UserID, at time.Time, erase persistence.Task, also ...persistence.Task,
) (gone persistence.Departure, err error) {
	d := s.db.Dialect()
	err = s.db.InTx(ctx, func(tx Conn) error {
		made, err := s.enqueue(ctx, tx, at, append([]persistence.Task{erase}, also...)...)
		if err != nil {
			return err
		}
		gone.Erase = made[0].ID
		if err := d.LockSlots(ctx, tx, everySlot()); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE users SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL`, uid, d.Time(at))
		switch {
		case err != nil:
			return err
		case n == 0:
			return unknownUser()
		}
		// A statement of its own: a login that was just ending is seen only now.
		gone.Sessions, err = s.endSessions(ctx, tx, uid, at)
		return err
	})
	if err != nil {
		return persistence.Departure{}, err
	}
	return gone, nil
}

// returned brings back who left with the number and was not erased; 0: nobody.
// Of several, who left under keys that did not know of each other, it is the last.
func (s *Store) returned(
	ctx context.Context, tx Conn, phone persistence.SealedPhone, former [][]byte,
) (social.UserID, error) {
	for _, index := range append([][]byte{phone.Index}, former...) {
		var uid social.UserID
		// The conditions stand again outside: an erasure may have come in between.
		err := tx.QueryRow(ctx, `UPDATE users SET deleted_at = NULL, phone = $2, phone_index = $3
			WHERE phone_index = $1 AND deleted_at IS NOT NULL AND id = (
				SELECT id FROM users WHERE phone_index = $1 AND deleted_at IS NOT NULL ORDER BY deleted_at DESC, id DESC LIMIT 1)
			RETURNING id`, index, phone.Sealed, phone.Index).Scan(&uid)
		if !errors.Is(err, ErrNoRows) {
			return uid, err
		}
	}
	return 0, nil
}

// BeginErasure implements persistence.Departures.
func (s *Store) BeginErasure(ctx context.Context, uid social.UserID, left time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE users SET phone = NULL, phone_index = NULL, nickname = '', sex = '', birthday = NULL,
			location = '', bio = '', avatar = '', avatar_blurhash = '', dating_sex = '', min_dating_age = 0, max_dating_age = 0,
			created_at = deleted_at, last_active_at = deleted_at
		WHERE id = $1 AND deleted_at = $2`, uid, s.db.Dialect().Time(left))
	return n > 0, err
}

// EraseSome implements persistence.Departures. Pairs come first: what others do
// with a pair writes events, and what the user might do with it writes more. Each
// kind is a transaction of its own.
func (s *Store) EraseSome(ctx context.Context, uid social.UserID, at time.Time, limit int) (bool, error) {
	if err := s.requireErased(ctx, uid); err != nil {
		return false, err
	}
	for _, erase := range []func() (int, error){
		func() (int, error) { return s.eraseFriends(ctx, uid, at, limit) },
		func() (int, error) { return s.eraseSwipes(ctx, uid, limit) },
	} {
		if n, err := erase(); err != nil || n == limit {
			return err == nil, err
		}
	}
	// Their sweep deletes the pictures themselves, and what was exported. What is being made of an upload
	// finds nobody to show it for, and drops what it has stored.
	if _, err := s.db.Exec(ctx, `UPDATE object SET state = 'dropped', due = $2
			WHERE uid = $1 AND (state = 'live' OR state = 'dropped' AND due > $2)`,
		uid, s.db.Dialect().Time(at)); err != nil {
		return false, err
	}
	for _, query := range []string{
		`DELETE FROM photo WHERE uid = $1 AND id IN (SELECT id FROM photo WHERE uid = $1 LIMIT $2)`,
		`DELETE FROM rewound WHERE uid = $1 AND id IN (SELECT id FROM rewound WHERE uid = $1 LIMIT $2)`,
		`DELETE FROM quota WHERE uid = $1 AND (day, action) IN (SELECT day, action FROM quota WHERE uid = $1 LIMIT $2)`,
		`DELETE FROM event WHERE uid = $1 AND id IN (SELECT id FROM event WHERE uid = $1 LIMIT $2)`,
		`DELETE FROM idempotency WHERE uid = $1 AND key IN (SELECT key FROM idempotency WHERE uid = $1 LIMIT $2)`,
		`DELETE FROM session WHERE uid = $1 AND id IN (SELECT id FROM session WHERE uid = $1 LIMIT $2)`,
		`DELETE FROM export WHERE uid = $1 AND id IN (SELECT id FROM export WHERE uid = $1 LIMIT $2)`,
		`DELETE FROM task WHERE uid = $1 AND seq IN (SELECT seq FROM task WHERE uid = $1 AND outcome IS NOT NULL LIMIT $2)`,
		`DELETE FROM deck WHERE uid IN (SELECT uid FROM deck WHERE uid = $1 LIMIT $2)`,
	} {
		if n, err := s.db.Exec(ctx, query, uid, limit); err != nil || n == int64(limit) {
			return err == nil, err
		}
	}
	return false, nil
}

// requireErased wants that nothing can bring uid back.
func (s *Store) requireErased(ctx context.Context, uid social.UserID) error {
	var erased bool
	err := s.db.QueryRow(ctx, `SELECT deleted_at IS NOT NULL AND phone_index IS NULL FROM users WHERE id = $1`, uid).Scan(&erased)
	switch {
	case err != nil && !errors.Is(err, ErrNoRows):
		return err
	case !erased:
		return social.Errorf(social.CodeInvalidRequest, "This user is not being erased.")
	}
	return nil
}

// eraseFriends ends at most limit friendships and tells the other sides, each
// in the transaction that ends it: done again, there is nobody to tell.
func (s *Store) eraseFriends(ctx context.Context, uid social.UserID, at time.Time, limit int) (int, error) {
	d := s.db.Dialect()
	return s.erasePairs(ctx, uid, `SELECT f.sid FROM `+bothSides+` f LIMIT $2`, limit, func(tx Conn, sids []social.UserID) error {
		ids := d.IDs(sids)
		var ended []social.UserID
		for _, query := range []string{
			`DELETE FROM friend WHERE uid1 = $1 AND uid2 IN (SELECT c.id FROM ` + d.EachID(`$2`) + `) RETURNING uid2`,
			`DELETE FROM friend WHERE uid2 = $1 AND uid1 IN (SELECT c.id FROM ` + d.EachID(`$2`) + `) RETURNING uid1`,
		} {
			others, err := collect(ctx, tx, scanOne[social.UserID], query, uid, ids)
			if err != nil {
				return err
			}
			ended = append(ended, others...)
		}
		_, err := tx.Exec(ctx, `INSERT INTO event (uid, kind, other, time) SELECT c.id, $1, $2, $3 FROM `+d.EachID(`$4`),
			string(social.EventUnmatched), uid, d.Time(at), d.IDs(ended))
		return err
	})
}

// eraseSwipes deletes at most limit of uid's own swipes.
func (s *Store) eraseSwipes(ctx context.Context, uid social.UserID, limit int) (int, error) {
	d := s.db.Dialect()
	return s.erasePairs(ctx, uid, `SELECT sid FROM swiped WHERE uid = $1 LIMIT $2`, limit, func(tx Conn, sids []social.UserID) error {
		_, err := tx.Exec(ctx, `DELETE FROM swiped WHERE uid = $1 AND sid IN (SELECT c.id FROM `+d.EachID(`$2`)+`)`, uid, d.IDs(sids))
		return err
	})
}

// erasePairs runs erase, in a transaction, behind the slots of the pairs with
// those that query finds, and gives how many they are.
func (s *Store) erasePairs(
	ctx context.Context, uid social.UserID, query string, limit int, erase func(Conn, []social.UserID) error,
) (int, error) {
	sids, err := collect(ctx, s.db, scanOne[social.UserID], query, uid, limit)
	if err != nil || len(sids) == 0 {
		return 0, err
	}
	slots := make([]int32, len(sids))
	for i, sid := range sids {
		slots[i] = int32(social.PairOf(uid, sid).Slot())
	}
	slices.Sort(slots)
	err = s.db.InTx(ctx, func(tx Conn) error {
		if err := s.db.Dialect().LockSlots(ctx, tx, slices.Compact(slots)); err != nil {
			return err
		}
		return erase(tx, sids)
	})
	return len(sids), err
}

// everySlot lists all slots, ascending.
func everySlot() []int32 {
	out := make([]int32, social.Slots)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}
