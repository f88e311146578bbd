package sqlite

import (
	"context"
	"database/sql"
)

const (
	// factsSQL tells of the direction ($1, $2): its mark (0: none), whether both
	// exist, the reverse mark, whether they are friends.
	factsSQL = `SELECT
		coalesce((SELECT mark FROM swiped WHERE uid = $1 AND sid = $2), 0),
		EXISTS (SELECT 1 FROM users WHERE id = $1 AND deleted_at IS NULL),
		EXISTS (SELECT 1 FROM users WHERE id = $2 AND deleted_at IS NULL),
		coalesce((SELECT mark FROM swiped WHERE uid = $2 AND sid = $1), 0),
		EXISTS (SELECT 1 FROM friend WHERE uid1 = min($1, $2) AND uid2 = max($1, $2))`

	// chargeSQL charges one unit unless the limit $4 is reached. The guard stands
	// twice: without the one on the INSERT a limit of 0 would grant one.
	chargeSQL = `INSERT INTO quota (uid, day, action, used) SELECT $1, $2, $3, 1 WHERE 0 < $4
		ON CONFLICT (uid, day, action) DO UPDATE SET used = used + 1 WHERE used < $4`
	refundSQL = `UPDATE quota SET used = used - 1 WHERE uid = $1 AND day = $2 AND action = $3`

	insertSQL  = `INSERT INTO swiped (uid, sid, seq, mark, time) VALUES ($1, $2, $3, $4, $5)`
	friendSQL  = `INSERT INTO friend (uid1, uid2, time) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	eventSQL   = `INSERT INTO event (uid, kind, other, time) VALUES ($1, $2, $3, $4)`
	counterSQL = `SELECT value FROM counter WHERE name = 'swiped'`
	countedSQL = `UPDATE counter SET value = $1 WHERE name = 'swiped'`
)

// statements are those of the swipe batch, prepared.
type statements struct {
	facts, charge, refund, insert, friend, event, counter, counted, kept, keep *sql.Stmt
}

// each calls f with every statement's place and text.
func (s *statements) each(f func(place **sql.Stmt, text string) error) error {
	for _, st := range []struct {
		place **sql.Stmt
		text  string
	}{
		{&s.facts, factsSQL},
		{&s.charge, chargeSQL},
		{&s.refund, refundSQL},
		{&s.insert, insertSQL},
		{&s.friend, friendSQL},
		{&s.event, eventSQL},
		{&s.counter, counterSQL},
		{&s.counted, countedSQL},
		{&s.kept, keptSQL},
		{&s.keep, keepSQL},
	} {
		if err := f(st.place, st.text); err != nil {
			return err
		}
	}
	return nil
}

// prepare gives the statements, prepared at the first call: when the store was
// opened there may have been no tables. Never to be called inside a transaction.
func (s *Store) prepare(ctx context.Context) (*statements, error) {
	s.preparing.Lock()
	defer s.preparing.Unlock()
	if s.prepared != nil {
		return s.prepared, nil
	}
	var all statements
	err := all.each(func(place **sql.Stmt, text string) (err error) {
		*place, err = s.db.write.PrepareContext(ctx, text) //nolint:sqlclosecheck // lives as long as the store
		return err
	})
	if err != nil {
		return nil, translate(ctx, err)
	}
	s.prepared = &all
	return s.prepared, nil
}

// in gives the statements for use inside tx.
func (s *statements) in(ctx context.Context, tx *sql.Tx) *statements {
	bound := *s
	_ = bound.each(func(place **sql.Stmt, _ string) error {
		*place = tx.StmtContext(ctx, *place) // closed with the transaction
		return nil
	})
	return &bound
}
