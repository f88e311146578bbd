package checker

import (
	"slices"

	"github.com/swiperhq/swiper/social"
)

// Grant counts what one user was granted of one action in a run, all days together.
type Grant struct {
	UID     social.UserID
	Action  social.Action
	Granted int // acknowledged
	Maybe   int // without an answer
}

// Grants gives all of them, by user, for comparing with the counters that are
// stored. It does not change the run.
func Grants(run *Run) (grants []Grant) {
	var found findings
	ops := attempts(run.Ops, &found)
	users := byUser(ops)
	uids := make([]social.UserID, 0, len(users))
	for uid := range users {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	for _, uid := range uids {
		for _, a := range social.Actions() {
			if limit, known := run.Meta.Limits[a]; !known || (limit.None() && a != social.ActionRewind) {
				continue
			}
			q := quota{action: a}
			q.gather(ops, users[uid])
			g := Grant{UID: uid, Action: a}
			for _, op := range q.charges {
				if op.Acked() {
					g.Granted++
				} else {
					g.Maybe++
				}
			}
			if g.Granted+g.Maybe > 0 {
				grants = append(grants, g)
			}
		}
	}
	return grants
}
