package storetest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func modelCases() []testCase {
	return []testCase{{"model/random histories agree with the plain rules", histories}}
}

// histories lets rapid invent what three people do, with limits and days that
// change under them, and compares a store with the model after every step.
func histories(t *testing.T, db Database) {
	next := social.UserID(1)
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{model: newModel(), stores: []persistence.Store{db.A, db.B}, now: noon, rules: limits(social.NoLimit)}
		m.people = people(t, db.A, next, 3)
		next += 3
		t.Repeat(map[string]func(*rapid.T){
			"":             m.compare,
			"swipe":        m.swipe,
			"swipe again":  m.swipe, // twice as often as the rest
			"keyed swipe":  m.keyedSwipe,
			"rewind":       m.rewind,
			"unfriend":     m.unfriend,
			"wait":         m.wait,
			"change rules": m.changeRules,
		})
	})
}

// machine plays one history on a store and on the model.
type machine struct {
	model  *model
	stores []persistence.Store
	people []social.UserID
	now    time.Time
	rules  *social.Rules
}

func (m *machine) store(t *rapid.T) persistence.Store {
	return m.stores[rapid.IntRange(0, len(m.stores)-1).Draw(t, "store")]
}

func (m *machine) someone(t *rapid.T, label string) social.UserID {
	return rapid.SampledFrom(m.people).Draw(t, label)
}

func (m *machine) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 8*60).Draw(t, "minutes")) * time.Minute)
}

func (m *machine) changeRules(t *rapid.T) {
	limit := rapid.SampledFrom([]social.Limit{social.NoLimit, 0, 1, 2, 3, 5})
	m.rules = &social.Rules{
		RewindsPerDay: limit.Draw(t, "rewinds"), LikesPerDay: limit.Draw(t, "likes"), SuperlikesPerDay: limit.Draw(t, "superlikes"),
		RewindWindow: time.Duration(rapid.SampledFrom([]int{0, 0, 0, 60}).Draw(t, "window")) * time.Minute, Zone: shanghai,
	}
}

func (m *machine) swipe(t *rapid.T) {
	marks := rapid.SampledFrom([]social.Mark{social.MarkLike, social.MarkLike, social.MarkSuperlike, social.MarkDislike})
	refused := map[direction]bool{} // in this batch, by a quota
	var batch []persistence.Record
	var want []persistence.Recorded
	for range rapid.IntRange(1, 5).Draw(t, "batch") {
		uid, sid := m.someone(t, "uid"), m.someone(t, "sid")
		if uid == sid || refused[direction{uid, sid}] {
			continue // repeats of a refusal in one batch: no order is promised
		}
		rec := metered(m.rules, uid, sid, marks.Draw(t, "mark"), m.now)
		result, err := m.model.swipe(rec)
		refused[direction{uid, sid}] = err != nil && social.CodeOf(err) != social.CodeAlreadySwiped
		batch, want = append(batch, rec), append(want, persistence.Recorded{SwipeResult: result, Err: err})
	}
	m.now = m.now.Add(time.Second)
	got := record(t, m.store(t), batch...)
	told := map[social.Pair]bool{} // of the friendships that this batch made: whether anybody learned of it
	for i, rec := range batch {
		pair := social.PairOf(rec.UID, rec.SID)
		if since, stands := m.model.friends[pair]; stands && since.Equal(rec.Time) && want[i].Err == nil {
			// Which answers know of it depends on where an engine cuts the batch.
			told[pair] = told[pair] || got[i].Matched
			got[i].Matched = want[i].Matched
		}
		compareAnswer(t, rec, want[i], got[i])
	}
	for pair, knows := range told {
		require.True(t, knows, "nobody was told that %v are friends", pair)
	}
}

// keyedSwipe sends one swipe with one of few keys, so that requests come again,
// and keys come with other requests.
func (m *machine) keyedSwipe(t *rapid.T) {
	uid, sid := m.someone(t, "uid"), m.someone(t, "sid")
	if uid == sid {
		return
	}
	mark := rapid.SampledFrom([]social.Mark{social.MarkLike, social.MarkDislike}).Draw(t, "mark")
	rec := keyed(metered(m.rules, uid, sid, mark, m.now), m.someKey(t))
	result, err := m.model.swipe(rec)
	m.now = m.now.Add(time.Second)
	compareAnswer(t, rec, persistence.Recorded{SwipeResult: result, Err: err}, record(t, m.store(t), rec)[0])
}

func (m *machine) someKey(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
}

func compareAnswer(t *rapid.T, rec persistence.Record, want, got persistence.Recorded) {
	require.Equal(t, social.CodeOf(want.Err), social.CodeOf(got.Err), "%+v: %v", rec, got.Err)
	if want.Err != nil {
		require.Equal(t, social.AsError(want.Err).RetryAfter, social.AsError(got.Err).RetryAfter)
		return
	}
	require.Equal(t, want.SwipeResult, got.SwipeResult, "%+v", rec)
}

func (m *machine) rewind(t *rapid.T) {
	uid := m.someone(t, "uid")
	req := rewindOf(uid, m.rules.RewindsPerDay, m.now)
	req.Window = m.rules.RewindWindow
	if rapid.Bool().Draw(t, "with a key") {
		req.Key = keyOf(m.someKey(t), "rewind")
	}
	want, wantErr := m.model.rewind(req)
	got, err := m.store(t).Rewind(background(), req)
	require.Equal(t, social.CodeOf(wantErr), social.CodeOf(err), "%v", err)
	if err == nil {
		require.Equal(t, want, got)
	}
}

func (m *machine) unfriend(t *rapid.T) {
	uid, sid := m.someone(t, "uid"), m.someone(t, "sid")
	want := m.model.unfriend(uid, sid, m.now)
	err := m.store(t).Unfriend(background(), uid, sid, m.now)
	require.Equal(t, social.CodeOf(want), social.CodeOf(err), "%v", err)
}

// compare looks at one person's lists through a store; which one, rapid draws.
func (m *machine) compare(t *rapid.T) {
	s, uid := m.store(t), m.someone(t, "looking at")
	ctx := background()

	recent, err := s.RecentSwipes(ctx, uid, everything)
	require.NoError(t, err)
	for i := range recent {
		recent[i].Time = recent[i].Time.In(shanghai)
	}
	want := m.model.recent(uid)
	require.True(t, slices.EqualFunc(want, recent, func(a, b social.Swipe) bool {
		return a.UID == b.UID && a.SID == b.SID && a.Mark == b.Mark && a.Time.Equal(b.Time)
	}), "swipes of %d: want %v, got %v", uid, want, recent)

	swiped, err := s.SwipedIDs(ctx, uid)
	require.NoError(t, err)
	require.True(t, slices.Equal(sorted(ids(want, func(s social.Swipe) social.UserID { return s.SID })), swiped), "%v", swiped)

	top := deckTop(t, s, uid, everything)
	require.True(t, slices.Equal(m.model.backOnTop(uid), top.Rewound), "rewound of %d: %v", uid, top.Rewound)
	m.compareLikes(t, s, uid, top.Superlikers)

	friends, err := s.Friends(ctx, uid, persistence.FriendCursor{}, everything)
	require.NoError(t, err)
	n := 0
	for _, f := range friends {
		since, ok := m.model.friends[social.PairOf(uid, f.User.ID)]
		require.True(t, ok, "%d and %d are no friends", uid, f.User.ID)
		require.True(t, since.Equal(f.Since), "want %s, got %s", since, f.Since)
	}
	for p := range m.model.friends {
		if p.UID1 == uid || p.UID2 == uid {
			n++
		}
	}
	require.Len(t, friends, n)

	m.compareEvents(t, s, uid)
	for _, a := range social.Actions() {
		require.Equal(t, m.model.used[charge{uid, m.rules.Today(m.now), a}], used(t, s, uid, a, m.now), "%s of %d", a, uid)
	}
}

// compareLikes requires everyone who likes uid, superlikes first, newest first,
// and of superlikers just those at the head. Within one batch, whose swipes have
// one time here, the order is not promised.
func (m *machine) compareLikes(t *rapid.T, s persistence.Store, uid social.UserID, superlikers []social.User) {
	likers := likersOf(t, s, uid)
	require.ElementsMatch(t, m.model.likers(uid), likers)
	swipeOf := func(liker social.UserID) social.Swipe { return m.model.swipes[m.model.find(liker, uid)] }
	require.True(t, slices.IsSortedFunc(likers, func(a, b social.UserID) int {
		return cmp.Or(cmp.Compare(swipeOf(b).Mark, swipeOf(a).Mark), swipeOf(b).Time.Compare(swipeOf(a).Time))
	}), "likes of %d: %v", uid, likers)
	head := slices.IndexFunc(likers, func(liker social.UserID) bool { return swipeOf(liker).Mark != social.MarkSuperlike })
	if head < 0 {
		head = len(likers)
	}
	require.Equal(t, likers[:head], ids(superlikers, userOf), "superlikers of %d", uid)
}

func (m *machine) compareEvents(t *rapid.T, s persistence.Store, uid social.UserID) {
	events, err := s.EventsOf(background(), uid, 0, everything)
	require.NoError(t, err)
	var want []social.Event
	for _, e := range m.model.events {
		if e.UID == uid {
			want = append(want, e)
		}
	}
	require.Len(t, events, len(want), "events of %d", uid)
	// Within one batch the order of matches is not promised.
	order := func(a, b social.Event) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Other, b.Other)) }
	slices.SortStableFunc(events, order)
	slices.SortStableFunc(want, order)
	for i := range want {
		got := events[i]
		require.True(t, got.Time.Equal(want[i].Time), "event %d of %d: %s", i, uid, got.Time)
		got.ID, got.Time = 0, want[i].Time
		require.Equal(t, want[i], got)
	}
}
