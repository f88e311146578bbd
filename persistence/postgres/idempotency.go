package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// A request with a key claims the key's row first, behind the slots and before
// all else. Whoever finds it claimed waits for that transaction and then reads
// the answer it left; if that one was refused it has left nothing, and the next
// one claims. So one of them acts even where the keys' slots differ.

// claimKeysSQL claims rows in the order of (uid, key): those that are not there,
// and those older than $5. The others are locked, so that nobody prunes them
// before they are read.
const claimKeysSQL = `INSERT INTO idempotency AS k (uid, key, digest, time)
	SELECT c.uid, c.key, c.digest, c.time
	FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::timestamptz[]) AS c(uid, key, digest, time)
	ORDER BY c.uid, c.key
	ON CONFLICT (uid, key) DO UPDATE SET digest = excluded.digest, response = '', time = excluded.time
	WHERE k.time <= excluded.time - $5::interval`

// claimedNow tells that row k was claimed by this very transaction.
const claimedNow = `k.xmin = pg_current_xact_id_if_assigned()::xid`

// whereClaimed leaves of the records i those without a key and those whose key
// this transaction has claimed.
const whereClaimed = `
	WHERE i.key = '' OR coalesce((SELECT ` + claimedNow + ` FROM idempotency k WHERE k.uid = i.uid AND k.key = i.key), false)`

// settleKeysSQL is readSQL for a round with keys: it keeps what was granted
// ($3 is the mark asked for) as sqlstore.KeepSwipe would, gives back the claims of
// what was refused, and gives besides what earlier requests left. Rows are found
// again by their place: a join by key could be planned as a scan.
const settleKeysSQL = `WITH seen AS MATERIALIZED (
	SELECT i.n, i.sid, i.wanted, coalesce(own.mark, 0) AS mark, coalesce(own.now, false) AS now,
		coalesce(f.stands, false) AS friends, k.at, coalesce(k.mine, false) AS mine, k.digest, k.response
	FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[]) WITH ORDINALITY AS i(uid, sid, wanted, key, n)` + standing + `
	LEFT JOIN LATERAL (SELECT k.ctid AS at, ` + claimedNow + ` AS mine, k.digest, k.response FROM idempotency k
		WHERE k.uid = i.uid AND k.key = i.key LIMIT 1) AS k ON true
), granted AS (
	UPDATE idempotency k SET response = json_build_object(
		'sid', s.sid, 'mark', s.mark, 'matched', s.friends, 'repeated', NOT s.now)::text
	FROM seen s WHERE k.ctid = s.at AND s.mine AND s.mark <> 0 AND s.mark = s.wanted
), refused AS (
	DELETE FROM idempotency k USING seen s WHERE k.ctid = s.at AND s.mine AND (s.mark = 0 OR s.mark <> s.wanted)
)
SELECT n, mark, now, friends, CASE WHEN NOT mine THEN digest END, CASE WHEN NOT mine THEN response END FROM seen`

// claims are keys as claimKeysSQL takes them.
type claims struct {
	uids    []int64
	keys    []string
	digests [][]byte
	times   []time.Time
}

func (c *claims) add(uid social.UserID, key persistence.IdempotencyKey, at time.Time) {
	c.uids = append(c.uids, int64(uid))
	c.keys = append(c.keys, key.Key)
	c.digests = append(c.digests, key.Digest)
	c.times = append(c.times, at)
}

// claimKeys queues the claims.
func claimKeys(b *pgx.Batch, c claims) {
	b.Queue(claimKeysSQL, c.uids, c.keys, c.digests, c.times, persistence.KeyLife)
}

// settleKeys queues the end of a round with keys, of the records that which
// names; facts are filled in as its results arrive.
func settleKeys(b *pgx.Batch, c *columns, which []int, facts []sqlstore.Facts) {
	b.Queue(settleKeysSQL, c.uids, c.sids, c.marks, c.keys).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var n int
			var stands sqlstore.Facts
			var digest []byte
			var response *string
			if err := rows.Scan(&n, &stands.Stored, &stands.Inserted, &stands.Friends, &digest, &response); err != nil {
				return err
			}
			f := &facts[which[n-1]]
			f.Stored, f.Inserted, f.Friends = stands.Stored, stands.Inserted, stands.Friends
			f.Kept = keptOf(digest, response)
		}
		return rows.Err()
	})
}

// keptOf gives what was left under a key; nil if response is null.
func keptOf(digest []byte, response *string) *sqlstore.Kept {
	if response == nil {
		return nil
	}
	return &sqlstore.Kept{Digest: digest, Response: *response}
}
