package storetest

import (
	"bytes"
	"slices"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// model is the plain story of the same events, one after the other, on the
// rules of package social: what a store must be indistinguishable from.
type model struct {
	swipes  []social.Swipe // in order, tombstones included
	friends map[social.Pair]time.Time
	used    map[charge]int
	rewound []direction // latest last
	events  []social.Event
	kept    map[keyedBy]keptAnswer
}

// keyedBy is a user's idempotency key.
type keyedBy struct {
	uid social.UserID
	key string
}

// keptAnswer is what a request with a key was answered.
type keptAnswer struct {
	digest []byte
	at     time.Time
	swipe  social.SwipeResult
	rewind social.RewindResult
}

// charge is one row of used quota.
type charge struct {
	uid    social.UserID
	day    social.Date
	action social.Action
}

func newModel() *model {
	return &model{friends: map[social.Pair]time.Time{}, used: map[charge]int{}, kept: map[keyedBy]keptAnswer{}}
}

// earlier gives what was kept under a key; nil if nothing was, or too long ago.
func (m *model) earlier(uid social.UserID, key persistence.IdempotencyKey, now time.Time) (*keptAnswer, error) {
	a, ok := m.kept[keyedBy{uid, key.Key}]
	switch {
	case !ok || key.None() || now.Sub(a.at) >= persistence.KeyLife:
		return nil, nil
	case !bytes.Equal(a.digest, key.Digest):
		return nil, social.Errorf(social.CodeIdempotencyMismatch, "another request")
	}
	a.swipe.Replayed, a.rewind.Replayed = true, true
	return &a, nil
}

// keep keeps the answer to a request with a key.
func (m *model) keep(uid social.UserID, key persistence.IdempotencyKey, a keptAnswer) {
	if !key.None() {
		a.digest = key.Digest
		m.kept[keyedBy{uid, key.Key}] = a
	}
}

func (m *model) find(uid, sid social.UserID) int {
	return slices.IndexFunc(m.swipes, func(s social.Swipe) bool { return s.UID == uid && s.SID == sid })
}

func (m *model) tell(kind social.EventKind, uid, other social.UserID, at time.Time) {
	m.events = append(m.events, social.Event{UID: uid, Kind: kind, Other: other, Time: at})
}

// spend charges a meter once. It tells whether the limit allowed it.
func (m *model) spend(uid social.UserID, meter *social.Meter) bool {
	if meter == nil {
		return true
	}
	c := charge{uid, meter.Day, meter.Action}
	if !meter.Limit.None() && m.used[c] >= int(meter.Limit) {
		return false
	}
	m.used[c]++
	return true
}

func (m *model) swipe(rec persistence.Record) (social.SwipeResult, error) {
	earlier, err := m.earlier(rec.UID, rec.Key, rec.Time)
	switch {
	case err != nil:
		return social.SwipeResult{}, err
	case earlier != nil:
		return earlier.swipe, nil
	}
	result, err := m.swipeAnew(rec)
	if err == nil {
		m.keep(rec.UID, rec.Key, keptAnswer{at: rec.Time, swipe: result})
	}
	return result, err
}

func (m *model) swipeAnew(rec persistence.Record) (social.SwipeResult, error) {
	pair := social.PairOf(rec.UID, rec.SID)
	if i := m.find(rec.UID, rec.SID); i >= 0 {
		_, matched := m.friends[pair]
		return social.Settle(rec.Swipe, m.swipes[i].Mark, false, matched)
	}
	if !m.spend(rec.UID, rec.Meter) {
		return social.SwipeResult{}, social.QuotaExceeded(rec.Meter.Action, rec.Time, rec.ResetsAt)
	}
	m.swipes = append(m.swipes, rec.Swipe)
	reverse := m.find(rec.SID, rec.UID)
	matched := rec.Mark.Likes() && reverse >= 0 && m.swipes[reverse].Mark.Likes()
	if matched {
		m.friends[pair] = rec.Time
		m.tell(social.EventMatch, rec.UID, rec.SID, rec.Time)
		m.tell(social.EventMatch, rec.SID, rec.UID, rec.Time)
	}
	return social.Settle(rec.Swipe, rec.Mark, true, matched)
}

func (m *model) rewind(req persistence.RewindRequest) (social.RewindResult, error) {
	earlier, err := m.earlier(req.UID, req.Key, req.Time)
	switch {
	case err != nil:
		return social.RewindResult{}, err
	case earlier != nil:
		return earlier.rewind, nil
	}
	result, err := m.rewindAnew(req)
	if err == nil {
		m.keep(req.UID, req.Key, keptAnswer{at: req.Time, rewind: result})
	}
	return result, err
}

func (m *model) rewindAnew(req persistence.RewindRequest) (social.RewindResult, error) {
	latest := -1
	for i, s := range m.swipes {
		if s.UID == req.UID && s.Mark != social.MarkEnded {
			latest = i
		}
	}
	if latest < 0 || (req.Window > 0 && req.Time.Sub(m.swipes[latest].Time) > req.Window) {
		return social.RewindResult{}, social.Errorf(social.CodeNothingToRewind, "nothing")
	}
	if !m.spend(req.UID, &req.Meter) {
		return social.RewindResult{}, social.QuotaExceeded(req.Meter.Action, req.Time, req.ResetsAt)
	}
	s := m.swipes[latest]
	m.swipes = slices.Delete(m.swipes, latest, latest+1)
	m.rewound = append(m.rewound, direction{s.UID, s.SID})
	pair := social.PairOf(s.UID, s.SID)
	_, unmatched := m.friends[pair]
	if unmatched {
		delete(m.friends, pair)
		m.tell(social.EventUnmatched, s.SID, s.UID, req.Time)
	}
	return social.RewindResult{
		SID: s.SID, Mark: s.Mark, Unmatched: unmatched, Used: m.used[charge{req.UID, req.Meter.Day, req.Meter.Action}],
		Limit: req.Meter.Limit,
	}, nil
}

func (m *model) unfriend(uid, sid social.UserID, at time.Time) error {
	pair := social.PairOf(uid, sid)
	if _, friends := m.friends[pair]; !friends {
		return social.Errorf(social.CodeNotFriends, "not friends")
	}
	delete(m.friends, pair)
	m.swipes[m.find(uid, sid)].Mark = social.MarkEnded
	m.tell(social.EventUnmatched, sid, uid, at)
	return nil
}

// recent gives uid's swipes, newest first.
func (m *model) recent(uid social.UserID) []social.Swipe {
	var out []social.Swipe
	for _, s := range slices.Backward(m.swipes) {
		if s.UID == uid {
			out = append(out, s)
		}
	}
	return out
}

// likers gives who likes uid and waits for an answer: superlikes first, newest first.
func (m *model) likers(uid social.UserID) []social.UserID {
	out := []social.UserID{}
	for _, mark := range []social.Mark{social.MarkSuperlike, social.MarkLike} {
		for _, s := range slices.Backward(m.swipes) {
			if s.SID == uid && s.Mark == mark && m.find(uid, s.UID) < 0 {
				out = append(out, s.UID)
			}
		}
	}
	return out
}

// backOnTop gives whom uid took back and has not swiped since, latest first.
func (m *model) backOnTop(uid social.UserID) []social.UserID {
	var out []social.UserID
	for _, d := range slices.Backward(m.rewound) {
		if d.uid == uid && !slices.Contains(out, d.sid) && m.find(uid, d.sid) < 0 {
			out = append(out, d.sid)
		}
	}
	return out
}
