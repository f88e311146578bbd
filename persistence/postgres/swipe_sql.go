package postgres

// Each look-up of the batch is a scalar subquery or a LATERAL with LIMIT 1:
// these stay probes of a unique index, whatever the statistics say. A
// condition on mark stays outside of them, or the planner could walk everybody's
// likes in swiped_likes instead.

// fromUsers looks up both sides of a record i.
const fromUsers = `
	coalesce((SELECT u.deleted_at IS NULL FROM users u WHERE u.id = i.uid), false) AS swiper,
	coalesce((SELECT u.deleted_at IS NULL FROM users u WHERE u.id = i.sid), false) AS stranger`

// mineNow tells that row s was written by this very transaction.
const mineNow = `s.xmin = pg_current_xact_id_if_assigned()::xid`

// plainSQL stores plain records, in their order, if nobody has departed since
// version $5, and gives uid and sid of those that were not there, in the same order.
const plainSQL = `INSERT INTO swiped (uid, sid, mark, time)
	SELECT i.uid, i.sid, i.mark, i.time
	FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::timestamptz[]) AS i(uid, sid, mark, time)
	WHERE ` + departedSQL + ` = $5
	ON CONFLICT (uid, sid) DO NOTHING
	RETURNING uid, sid`

// freeSQL stores a round without meters and gives the records it could not
// store: their number, whether swiper and stranger exist, true. keyedFreeSQL
// leaves out those whose key this transaction has not claimed.
const (
	freeSQL = freeFrom + `FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::timestamptz[])
		WITH ORDINALITY AS i(uid, sid, mark, time, n)` + freeRest
	keyedFreeSQL = freeFrom + `FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::timestamptz[], $5::text[])
		WITH ORDINALITY AS i(uid, sid, mark, time, key, n)` + whereClaimed + freeRest

	freeFrom = `WITH i AS MATERIALIZED (
	SELECT i.*,` + fromUsers + `
	`
	freeRest = `
), stored AS (
	INSERT INTO swiped (uid, sid, mark, time)
	SELECT uid, sid, mark, time FROM i WHERE swiper AND stranger ORDER BY n
	ON CONFLICT (uid, sid) DO NOTHING
)
SELECT n, swiper, stranger, true FROM i WHERE NOT (swiper AND stranger)`
)

// Where meteredSQL has its records from.
const (
	unkeyedMetered = `unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::timestamptz[], $5::text[], $6::date[])
		WITH ORDINALITY AS i(uid, sid, mark, time, action, day, n)`
	keyedMetered = `unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::timestamptz[], $5::text[], $6::date[], $9::text[])
		WITH ORDINALITY AS i(uid, sid, mark, time, action, day, key, n)` + whereClaimed
)

// meteredSQL is freeSQL with charges: action is empty for a free record, $7 and $8
// are the round's actions and their limits. Only a record of a direction not
// yet swiped is charged; the last column tells whether that went well. That it
// reads, charges and inserts in one statement is safe behind the slot locks:
// nobody else changes these directions, and the quota rows guard themselves.
func meteredSQL(records string) string {
	return `WITH i AS MATERIALIZED (
	SELECT i.*,` + fromUsers + `,
		(SELECT true FROM swiped s WHERE s.uid = i.uid AND s.sid = i.sid) IS NULL AS fresh
	FROM ` + records + `
), charged AS (` + charge(`SELECT i.uid, i.day, i.action FROM i
		WHERE i.action <> '' AND i.fresh AND i.swiper AND i.stranger ORDER BY i.uid, i.action`,
		`($8::int[])[array_position($7::text[], q.action)]`) + `
), stored AS (
	INSERT INTO swiped (uid, sid, mark, time)
	SELECT uid, sid, mark, time FROM i
	WHERE swiper AND stranger AND fresh AND (action = '' OR uid IN (SELECT c.uid FROM charged c)) ORDER BY n
	ON CONFLICT (uid, sid) DO NOTHING
)
SELECT n, swiper, stranger, NOT fresh OR action = '' OR uid IN (SELECT c.uid FROM charged c)
FROM i WHERE NOT (swiper AND stranger)
	OR (fresh AND action <> '' AND uid NOT IN (SELECT c.uid FROM charged c))`
}

// matchSQL makes friends, and one event for each side, of the likes given whose
// direction this transaction stored as a like and whose reverse is stored as a
// like. A separate statement from the insert: both directions of a pair may be
// in the round. Users are locked last, and only of pairs that met.
const matchSQL = `WITH met AS MATERIALIZED (
		SELECT least(i.uid, i.sid) AS uid1, greatest(i.uid, i.sid) AS uid2, i.time
		FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS i(uid, sid, time)
		CROSS JOIN LATERAL (SELECT s.mark FROM swiped s WHERE s.uid = i.sid AND s.sid = i.uid LIMIT 1) AS reverse
		CROSS JOIN LATERAL (SELECT s.mark, ` + mineNow + ` AS now FROM swiped s
			WHERE s.uid = i.uid AND s.sid = i.sid LIMIT 1) AS own
		WHERE own.mark > 0 AND own.now AND reverse.mark > 0
	), made AS (
		INSERT INTO friend (uid1, uid2, time)
		SELECT m.uid1, m.uid2, m.time FROM met m
		CROSS JOIN LATERAL (SELECT 1 FROM users u WHERE u.id = m.uid1 AND u.deleted_at IS NULL FOR SHARE) AS a
		CROSS JOIN LATERAL (SELECT 1 FROM users u WHERE u.id = m.uid2 AND u.deleted_at IS NULL FOR SHARE) AS b
		ON CONFLICT (uid1, uid2) DO NOTHING
		RETURNING uid1, uid2, time
	)
	INSERT INTO event (uid, kind, other, time)
	SELECT side.uid, 'match', side.other, m.time FROM made m
	CROSS JOIN LATERAL (VALUES (m.uid1, m.uid2), (m.uid2, m.uid1)) AS side(uid, other)
	RETURNING uid, other`

// readSQL reads back what stands: number, mark (0: none), whether this
// transaction put it there, whether the friendship stands.
const readSQL = `SELECT i.n, coalesce(own.mark, 0), coalesce(own.now, false), coalesce(f.stands, false)
	FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS i(uid, sid, n)` + standing

// standing looks up what stands for a record i.
const standing = `
	LEFT JOIN LATERAL (SELECT s.mark, ` + mineNow + ` AS now FROM swiped s
		WHERE s.uid = i.uid AND s.sid = i.sid LIMIT 1) AS own ON true
	LEFT JOIN LATERAL (SELECT true AS stands FROM friend f
		WHERE f.uid1 = least(i.uid, i.sid) AND f.uid2 = greatest(i.uid, i.sid) AND own.mark > 0 LIMIT 1) AS f ON true`
