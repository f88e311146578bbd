package postgres

import (
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// maxRound bounds the records of one transaction, and with it how long it
// holds its slots.
const maxRound = 512

// direction is an ordered pair: who swiped whom.
type direction struct{ uid, sid social.UserID }

// keyOf is the primary key of the table idempotency.
type keyOf struct {
	uid social.UserID
	key string
}

// plan cuts a batch into rounds, each one transaction. A round has each
// direction and each idempotency key once, one metered record per user (one
// statement cannot charge a row twice) and one limit per action (they differ only
// while a tunable changes). What does not fit waits for a later round, behind it
// whatever else its user sent, so that the order of a user's swipes is kept.
type plan struct {
	batch   []persistence.Record
	out     []persistence.Recorded
	waiting []int // indices into batch, in order
}

func newPlan(batch []persistence.Record) *plan {
	p := &plan{batch: batch, out: make([]persistence.Recorded, len(batch)), waiting: make([]int, 0, len(batch))}
	for i := range batch {
		if batch[i].Key.Valid() {
			p.waiting = append(p.waiting, i)
		} else {
			p.out[i] = sqlstore.Answer(&batch[i], sqlstore.Facts{Refused: true})
		}
	}
	return p
}

// next takes the records of the next round out of those waiting; nil at the end.
func (p *plan) next() []int {
	if len(p.waiting) <= 1 {
		round := p.waiting
		p.waiting = nil
		return round
	}
	taken := make(map[direction]struct{}, len(p.waiting))
	meters := meters{charged: map[social.UserID]struct{}{}, limits: map[social.Action]social.Limit{}}
	keys := map[keyOf]struct{}{}
	var held map[social.UserID]struct{}
	var round, waiting []int
	for _, i := range p.waiting {
		r := &p.batch[i]
		d := direction{r.UID, r.SID}
		_, repeat := taken[d]
		_, behind := held[r.UID]
		if behind || len(round) == maxRound || (repeat && r.Key.None()) {
			waiting = append(waiting, i)
			continue
		}
		if repeat || !takeKey(keys, r) || !meters.take(r) {
			if held == nil {
				held = map[social.UserID]struct{}{}
			}
			held[r.UID] = struct{}{}
			waiting = append(waiting, i)
			continue
		}
		taken[d] = struct{}{}
		round = append(round, i)
	}
	p.waiting = waiting
	return round
}

// takeKey tells whether r's key is none or new among keys, and notes it.
func takeKey(keys map[keyOf]struct{}, r *persistence.Record) bool {
	if r.Key.None() {
		return true
	}
	k := keyOf{r.UID, r.Key.Key}
	if _, twice := keys[k]; twice {
		return false
	}
	keys[k] = struct{}{}
	return true
}

// meters is what a round charges.
type meters struct {
	charged map[social.UserID]struct{}
	limits  map[social.Action]social.Limit
}

// take tells whether r's charge fits, and notes it.
func (m *meters) take(r *persistence.Record) bool {
	if r.Meter == nil {
		return true
	}
	limit, known := m.limits[r.Meter.Action]
	if _, twice := m.charged[r.UID]; twice || (known && limit != r.Meter.Limit) {
		return false
	}
	m.charged[r.UID] = struct{}{}
	m.limits[r.Meter.Action] = r.Meter.Limit
	return true
}

// settle answers the records of a round, and those waiting without a key that
// repeat a direction which is stored now. With a key they get a round of their
// own, in which their answer is kept.
func (p *plan) settle(round []int, facts []sqlstore.Facts) {
	for k, i := range round {
		p.out[i] = sqlstore.Answer(&p.batch[i], facts[k])
	}
	if len(p.waiting) == 0 {
		return
	}
	stored := make(map[direction]sqlstore.Facts, len(round))
	for k, i := range round {
		if facts[k].Stored != 0 {
			stored[direction{p.batch[i].UID, p.batch[i].SID}] = sqlstore.Facts{
				Stored: facts[k].Stored, Friends: facts[k].Friends,
			}
		}
	}
	waiting := p.waiting[:0]
	for _, i := range p.waiting {
		if f, ok := stored[direction{p.batch[i].UID, p.batch[i].SID}]; ok && p.batch[i].Key.None() {
			p.out[i] = sqlstore.Answer(&p.batch[i], f)
			continue
		}
		waiting = append(waiting, i)
	}
	p.waiting = waiting
}
