package postgres

import (
	"math"

	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/social"
)

// charge gives the statement that charges one unit to each quota row that the
// query rows names as (uid, day, action), which must come ordered by (uid,
// action). limit is the SQL of the limit, over the alias q for a quota row. Rows
// at their limit are left out of what it returns: (uid, used).
//
// The guard stands twice: without the one on the INSERT a limit of 0 would
// grant one.
func charge(rows, limit string) string {
	guardNew, guardOld := `0 < `+limit, ` WHERE q.used < `+limit
	if sabotage.On(sabotage.CountThenInsert) {
		guardNew, guardOld = `CASE WHEN coalesce((SELECT o.used FROM quota o WHERE o.uid = q.uid AND o.day = q.day
			AND o.action = q.action), 0) < `+limit+` THEN pg_sleep(0.005) IS NOT NULL END`, ``
	}
	return `INSERT INTO quota AS q (uid, day, action, used)
		SELECT q.uid, q.day, q.action, 1 FROM (` + rows + `) AS q WHERE ` + guardNew + `
		ON CONFLICT (uid, day, action) DO UPDATE SET used = q.used + 1` + guardOld + `
		RETURNING uid, used`
}

// limitOf gives a limit as SQL counts with it; quotas are integers there.
func limitOf(l social.Limit) int32 {
	if l.None() {
		return math.MaxInt32
	}
	return int32(min(l, math.MaxInt32)) //nolint:gosec // bounded
}
