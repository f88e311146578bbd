package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// sabotaged gives the statement as it is, or in the tests' own builds with the
// fault of the day in it.
func sabotaged(query string) string {
	if !sabotage.Built {
		return query
	}
	return rewritten(query)
}

// rewritten takes out of a statement what a fault leaves out.
func rewritten(query string) string {
	for _, change := range []struct {
		fault     sabotage.Fault
		sound, as string
	}{
		{sabotage.MatchOnRefusedLike, `WHERE own.mark > 0 AND own.now AND`, `WHERE`},
		{sabotage.RetryUndoesUnfriend, `own.mark > 0 AND own.now AND`, `own.mark > 0 AND`},
		{sabotage.RetryUndoesUnfriend, `SET mark = -2`, `SET mark = mark`},
		{sabotage.RewindKeepsFriendship, `USING undone u`, `USING (SELECT FROM undone WHERE false) u`},
		{sabotage.EventOutside, `INSERT INTO event (uid, kind, other, time)
	SELECT side.uid, 'match', side.other, m.time`, `SELECT side.uid, side.other`},
		{sabotage.EventOutside, "\n\tRETURNING uid, other", ``},
	} {
		if sabotage.On(change.fault) {
			query = strings.Replace(query, change.sound, change.as, 1)
		}
	}
	return query
}

// undo takes away from a committed round what a fault loses, which looks from
// outside as if it had never been written, and writes late what one writes late.
func (s *Store) undo(ctx context.Context, recs []*persistence.Record, facts []sqlstore.Facts) {
	told := map[social.Pair]bool{}
	for i, r := range recs {
		f, p := &facts[i], social.PairOf(r.UID, r.SID)
		if f.Inserted && !f.Stored.Likes() && sabotage.Strikes(sabotage.DislikeLost, 100) {
			_, _ = s.pool.Exec(ctx, `DELETE FROM swiped WHERE uid = $1 AND sid = $2`, r.UID, r.SID)
		}
		if !f.Inserted || !f.Friends || told[p] {
			continue
		}
		told[p] = true // both sides' likes may be in the round
		if sabotage.Strikes(sabotage.FriendshipDropped, 1000) {
			_, _ = s.pool.Exec(ctx, `DELETE FROM friend WHERE uid1 = $1 AND uid2 = $2`, p.UID1, p.UID2)
		}
		if sabotage.On(sabotage.EventOutside) {
			late := context.WithoutCancel(ctx)
			time.AfterFunc(time.Second, func() {
				_, _ = s.pool.Exec(late, `INSERT INTO event (uid, kind, other, time)
					VALUES ($1, 'match', $2, $3), ($2, 'match', $1, $3)`, p.UID1, p.UID2, r.Time)
			})
		}
	}
}

// sendAhead is send that does not wait for its commit, which comes a moment later.
func (s *Store) sendAhead(ctx context.Context, b *pgx.Batch) error {
	late := context.WithoutCancel(ctx)
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		_ = tx.Rollback(late)
		return err
	}
	time.AfterFunc(60*time.Millisecond, func() { _ = tx.Commit(late) })
	return nil
}
