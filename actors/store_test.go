package actors_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// memory is a store in plain maps that keeps the contract of the calls that
// actors make, as far as these tests look. Its hooks run before a call does
// anything: they block it, fail it or panic.
type memory struct {
	onRecord  func(ctx context.Context, batch []persistence.Record) error
	onRewind  func(ctx context.Context) error
	onDeckTop func(ctx context.Context) error

	mu      sync.Mutex
	users   map[social.UserID]social.User
	swipes  map[[2]social.UserID]stored
	friends map[social.Pair]bool
	rewound []social.Swipe
	used    map[social.UserID]int
	cursors map[social.UserID]cursor
	kept    map[keyOf]kept
	seq     int64
	batches []int
	pages   int
	saves   int
	reads   int // calls that a deal makes, saving aside
}

type stored struct {
	social.Swipe
	seq int64
}

type keyOf struct {
	uid social.UserID
	key string
}

type kept struct {
	digest string
	answer any
}

type cursor struct {
	digest int64
	after  social.UserID
}

// town makes a store where users 1…n all suit each other.
func town(n int) *memory {
	m := &memory{
		users: map[social.UserID]social.User{}, swipes: map[[2]social.UserID]stored{}, friends: map[social.Pair]bool{},
		used: map[social.UserID]int{}, cursors: map[social.UserID]cursor{}, kept: map[keyOf]kept{},
	}
	for id := range social.UserID(n) {
		m.move(id + 1)
	}
	return m
}

// move lets someone come to town.
func (m *memory) move(id social.UserID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users[id] = social.User{
		ID: id, Nickname: "someone", Sex: social.SexOther, Birthday: social.Date{Year: 2000, Month: 1, Day: 1},
		Location: "town", DatingSex: social.SexAny, MinDatingAge: 18, MaxDatingAge: 99,
	}
}

// change edits someone's profile.
func (m *memory) change(id social.UserID, edit func(*social.User)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.users[id]
	edit(&u)
	m.users[id] = u
}

// put stores a swipe behind the actors' backs.
func (m *memory) put(uid, sid social.UserID, mark social.Mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.record(persistence.Record{Swipe: social.Swipe{UID: uid, SID: sid, Mark: mark}})
}

func (m *memory) batchSizes() []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.batches)
}

// standing gives whom uid has swiped.
func (m *memory) standing(uid social.UserID) []social.UserID {
	ids, _ := m.SwipedIDs(context.Background(), uid)
	return ids
}

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.swipes)
}

func (m *memory) RecordSwipes(ctx context.Context, batch []persistence.Record) ([]persistence.Recorded, error) {
	m.mu.Lock()
	hook := m.onRecord
	m.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, batch); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches = append(m.batches, len(batch))
	out := make([]persistence.Recorded, len(batch))
	for i, r := range batch {
		result, again, err := keyed(m, r.UID, r.Key, func() (social.SwipeResult, error) {
			a := m.record(r)
			return a.SwipeResult, a.Err
		})
		result.Replayed = again
		out[i] = persistence.Recorded{SwipeResult: result, Err: err}
	}
	return out, nil
}

func (m *memory) record(r persistence.Record) persistence.Recorded {
	if _, ok := m.users[r.SID]; !ok {
		return persistence.Recorded{Err: social.Errorf(social.CodeUserNotFound, "No such person.")}
	}
	key := [2]social.UserID{r.UID, r.SID}
	was, again := m.swipes[key]
	if !again {
		m.seq++
		was = stored{r.Swipe, m.seq}
		m.swipes[key] = was
	}
	if back, ok := m.swipes[[2]social.UserID{r.SID, r.UID}]; ok && !again && r.Mark.Likes() && back.Mark.Likes() {
		m.friends[social.PairOf(r.UID, r.SID)] = true
	}
	result, err := social.Settle(r.Swipe, was.Mark, !again, m.friends[social.PairOf(r.UID, r.SID)])
	return persistence.Recorded{SwipeResult: result, Err: err}
}

func (m *memory) Rewind(ctx context.Context, req persistence.RewindRequest) (social.RewindResult, error) {
	m.mu.Lock()
	hook := m.onRewind
	m.mu.Unlock()
	if hook != nil {
		if err := hook(ctx); err != nil {
			return social.RewindResult{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	result, again, err := keyed(m, req.UID, req.Key, func() (social.RewindResult, error) { return m.rewind(req) })
	result.Replayed = again
	return result, err
}

// keyed acts unless it has acted under the key before; then again is true.
func keyed[R any](m *memory, uid social.UserID, key persistence.IdempotencyKey, act func() (R, error)) (result R, again bool, err error) {
	at := keyOf{uid, key.Key}
	if was, ok := m.kept[at]; ok && !key.None() {
		if was.digest != string(key.Digest) {
			return result, false, social.Errorf(social.CodeIdempotencyMismatch, "Used for another request.")
		}
		return was.answer.(R), true, nil
	}
	if result, err = act(); err == nil && !key.None() {
		m.kept[at] = kept{string(key.Digest), result}
	}
	return result, false, err
}

func (m *memory) rewind(req persistence.RewindRequest) (social.RewindResult, error) {
	var last stored
	for _, s := range m.swipes {
		if s.UID == req.UID && s.seq > last.seq && s.Mark != social.MarkEnded {
			last = s
		}
	}
	if last.seq == 0 {
		return social.RewindResult{}, social.Errorf(social.CodeNothingToRewind, "Nothing to take back.")
	}
	if !req.Meter.Limit.None() && m.used[req.UID] >= int(req.Meter.Limit) {
		return social.RewindResult{}, social.QuotaExceeded(social.ActionRewind, req.Time, req.ResetsAt)
	}
	m.used[req.UID]++
	delete(m.swipes, [2]social.UserID{last.UID, last.SID})
	pair := social.PairOf(last.UID, last.SID)
	unmatched := m.friends[pair]
	delete(m.friends, pair)
	m.rewound = append(m.rewound, last.Swipe)
	return social.RewindResult{SID: last.SID, Mark: last.Mark, Unmatched: unmatched, Used: m.used[req.UID], Limit: req.Meter.Limit}, nil
}

func (m *memory) Unfriend(_ context.Context, uid, sid social.UserID, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.friends[social.PairOf(uid, sid)] {
		return social.Errorf(social.CodeNotFriends, "You are not friends.")
	}
	delete(m.friends, social.PairOf(uid, sid))
	key := [2]social.UserID{uid, sid}
	s := m.swipes[key]
	s.Mark = social.MarkEnded
	m.swipes[key] = s
	return nil
}

func (m *memory) SwipedIDs(_ context.Context, uid social.UserID) ([]social.UserID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	var out []social.UserID
	for key := range m.swipes {
		if key[0] == uid {
			out = append(out, key[1])
		}
	}
	slices.Sort(out)
	return out, nil
}

func (m *memory) Candidates(_ context.Context, w social.Wanted, after social.UserID, limit int) ([]social.UserID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	m.pages++
	var out []social.UserID
	for id, u := range m.users {
		if id > after && u.Location == w.Location {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out[:min(limit, len(out))], nil
}

func (m *memory) Undealt(_ context.Context, uid social.UserID, ids []social.UserID) ([]social.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if len(ids) > 200 {
		return nil, social.Errorf(social.CodeInternal, "too many ids: %d", len(ids))
	}
	var out []social.User
	for _, id := range ids {
		_, swiped := m.swipes[[2]social.UserID{uid, id}]
		u, exists := m.users[id]
		if exists && !swiped && id != uid && !m.friends[social.PairOf(uid, id)] {
			out = append(out, u)
		}
	}
	return out, nil
}

func (m *memory) DeckTop(ctx context.Context, uid social.UserID, limit int) (persistence.DeckTop, error) {
	m.mu.Lock()
	hook := m.onDeckTop
	m.mu.Unlock()
	if hook != nil {
		if err := hook(ctx); err != nil {
			return persistence.DeckTop{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	me, ok := m.users[uid]
	if !ok {
		return persistence.DeckTop{}, social.Errorf(social.CodeUserNotFound, "No such person.")
	}
	top := persistence.DeckTop{Me: me}
	for _, s := range slices.Backward(m.rewound) {
		_, swiped := m.swipes[[2]social.UserID{uid, s.SID}]
		if s.UID == uid && !swiped && !slices.Contains(top.Rewound, s.SID) && len(top.Rewound) < limit {
			top.Rewound = append(top.Rewound, s.SID)
		}
	}
	var superlikes []stored
	for _, s := range m.swipes {
		_, answered := m.swipes[[2]social.UserID{uid, s.UID}]
		if s.SID == uid && s.Mark == social.MarkSuperlike && !answered {
			superlikes = append(superlikes, s)
		}
	}
	slices.SortFunc(superlikes, func(a, b stored) int { return cmp.Compare(b.seq, a.seq) })
	for _, s := range superlikes[:min(limit, len(superlikes))] {
		top.Superlikers = append(top.Superlikers, m.users[s.UID])
	}
	return top, nil
}

func (m *memory) DeckCursor(_ context.Context, uid social.UserID, digest int64) (social.UserID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if c := m.cursors[uid]; c.digest == digest {
		return c.after, nil
	}
	return 0, nil
}

func (m *memory) SaveDeckCursor(_ context.Context, uid social.UserID, digest int64, after social.UserID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saves++
	m.cursors[uid] = cursor{digest, after}
	return nil
}
