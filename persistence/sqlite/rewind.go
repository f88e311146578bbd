package sqlite

import (
	"context"
	"errors"

	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// Rewind implements persistence.Swipes, in one transaction of the only writer.
func (s *Store) Rewind(ctx context.Context, req persistence.RewindRequest) (social.RewindResult, error) {
	var result social.RewindResult
	err := s.db.InTx(ctx, func(tx sqlstore.Conn) (err error) {
		result, err = rewind(ctx, tx, &req)
		return err
	})
	if err != nil {
		return social.RewindResult{}, err
	}
	return result, nil
}

// rewind answers from what is kept under the request's key if anything is, and
// keeps what it grants.
func rewind(ctx context.Context, tx sqlstore.Conn, req *persistence.RewindRequest) (social.RewindResult, error) {
	if req.Key.None() {
		return rewindLatest(ctx, tx, req)
	}
	none := social.RewindResult{}
	if !req.Key.Valid() {
		return none, sqlstore.KeyRefused()
	}
	kept, err := keptOf(tx.QueryRow(ctx, keptSQL, keptArgs(req.UID, req.Key, req.Time)...))
	if err != nil {
		return none, err
	}
	if kept != nil {
		return kept.Rewind(req.Key)
	}
	result, err := rewindLatest(ctx, tx, req)
	if err != nil {
		return none, err
	}
	response, err := sqlstore.KeepRewind(result)
	if err != nil {
		return none, err
	}
	_, err = tx.Exec(ctx, keepSQL, keepArgs(req.UID, req.Key, response, req.Time)...)
	return result, err
}

func rewindLatest(ctx context.Context, tx sqlstore.Conn, req *persistence.RewindRequest) (social.RewindResult, error) {
	none := social.RewindResult{}
	swiped := social.Swipe{UID: req.UID}
	var seq int64
	err := tx.QueryRow(ctx, `SELECT seq, sid, mark, time FROM swiped
		WHERE uid = $1 AND mark <> -2 AND EXISTS (SELECT 1 FROM users WHERE id = $1 AND deleted_at IS NULL) ORDER BY seq DESC LIMIT 1`, req.UID).
		Scan(&seq, &swiped.SID, &swiped.Mark, sqlstore.ScanTime(&swiped.Time))
	if errors.Is(err, sqlstore.ErrNoRows) {
		return none, sqlstore.NothingToRewind()
	}
	if err != nil {
		return none, err
	}
	if err := sqlstore.RewindDue(req, swiped); err != nil {
		return none, err
	}
	result := social.RewindResult{SID: swiped.SID, Mark: swiped.Mark, Limit: req.Meter.Limit}
	err = tx.QueryRow(ctx, chargeSQL+` RETURNING used`,
		req.UID, date(req.Meter.Day), string(req.Meter.Action), limitOf(req.Meter.Limit)).Scan(&result.Used)
	if errors.Is(err, sqlstore.ErrNoRows) {
		return none, social.QuotaExceeded(req.Meter.Action, req.Time, req.ResetsAt)
	}
	if err != nil {
		return none, err
	}
	at := req.Time.UnixMicro()
	if _, err := tx.Exec(ctx, `INSERT INTO rewound (seq, uid, sid, mark, swiped_at, rewound_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, seq, req.UID, swiped.SID, int64(swiped.Mark), swiped.Time.UnixMicro(), at); err != nil {
		return none, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM swiped WHERE uid = $1 AND sid = $2`, req.UID, swiped.SID); err != nil {
		return none, err
	}
	if sabotage.On(sabotage.RewindKeepsFriendship) {
		return result, nil
	}
	result.Unmatched, err = endFriendship(ctx, tx, req.UID, swiped.SID, at)
	return result, err
}
