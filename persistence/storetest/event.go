package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func eventCases() []testCase {
	return []testCase{
		{"event/each tells one side, in order, by cursor", eventsInOrder},
		{"event/one who goes on from the last place", eventsSince},
		{"event/where one begins who wants what is new", lastEvent},
		{"event/nothing turns up behind one who follows", eventsFollowed},
		{"event/old ones are pruned", pruneEvents},
	}
}

// follower reads its user's events from where it is on.
type follower struct {
	store persistence.Store
	uid   social.UserID
	at    persistence.EventCursor
	got   []social.Event
}

// read takes one page and gives how many were on it.
func (f *follower) read(t require.TestingT, limit int) int {
	page, err := f.store.EventsSince(background(), f.uid, f.at, limit)
	require.NoError(t, err)
	require.LessOrEqual(t, len(page), limit)
	for _, e := range page {
		require.Equal(t, f.uid, e.UID)
		f.got, f.at = append(f.got, e.Event), e.Cursor
	}
	return len(page)
}

// readUntil reads until it has n events: transactions of other cases on the same
// server may hold the last ones back.
func (f *follower) readUntil(t require.TestingT, n, limit int) {
	for deadline := time.Now().Add(time.Minute); len(f.got) < n; {
		if f.read(t, limit) == 0 {
			require.True(t, time.Now().Before(deadline), "%d of %d events within a minute", len(f.got), n)
		}
	}
	require.Len(t, f.got, n)
}

func eventsInOrder(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	matched, ended, rewound := noon.Add(time.Minute), noon.Add(2*time.Minute), noon.Add(3*time.Minute)
	accept(t, db.A, swipeAt(2, 1, social.MarkLike, noon))
	accept(t, db.A, swipeAt(1, 2, social.MarkLike, matched))
	accept(t, db.A, swipeAt(3, 1, social.MarkLike, noon))
	accept(t, db.B, swipeAt(1, 3, social.MarkSuperlike, matched))
	require.NoError(t, db.A.Unfriend(t.Context(), 2, 1, ended))
	_, err := db.B.Rewind(t.Context(), rewindOf(3, 3, rewound))
	require.NoError(t, err)

	want := []social.Event{
		{UID: 1, Kind: social.EventMatch, Other: 2, Time: matched},
		{UID: 1, Kind: social.EventMatch, Other: 3, Time: matched},
		{UID: 1, Kind: social.EventUnmatched, Other: 2, Time: ended},
		{UID: 1, Kind: social.EventUnmatched, Other: 3, Time: rewound},
	}
	for size := 1; size <= 5; size++ {
		var got []social.Event
		for after := int64(0); ; {
			page, err := db.A.EventsOf(t.Context(), 1, after, size)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), size)
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				require.Greater(t, e.ID, after)
				after = e.ID
			}
			got = append(got, page...)
		}
		require.Len(t, got, len(want))
		for i := range want {
			require.True(t, want[i].Time.Equal(got[i].Time), "event %d: %s", i, got[i].Time)
			got[i].ID, got[i].Time = 0, want[i].Time
		}
		require.Equal(t, want, got, "in pages of %d", size)
	}
	for uid, kinds := range map[social.UserID]int{2: 1, 3: 1, 4: 0} {
		got, err := db.A.EventsOf(t.Context(), uid, 0, everything)
		require.NoError(t, err)
		require.Len(t, got, kinds, "user %d", uid)
	}
}

func eventsSince(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	for size := 1; size <= 4; size++ {
		require.Zero(t, (&follower{store: db.A, uid: 1}).read(t, size))
	}
	for sid := social.UserID(2); sid <= 6; sid++ {
		befriend(t, []persistence.Store{db.A, db.B}[sid%2], 1, sid)
	}
	for size := 1; size <= 6; size++ {
		f := &follower{store: db.B, uid: 1}
		f.readUntil(t, 5, size)
		for i, e := range f.got {
			require.Equal(t, social.EventMatch, e.Kind)
			require.Equal(t, social.UserID(2+i), e.Other, "in the order in which it happened")
			require.True(t, noon.Equal(e.Time))
			require.Nil(t, e.Data)
		}
		require.Zero(t, f.read(t, size))
	}
	f := &follower{store: db.A, uid: 1}
	f.readUntil(t, 5, 100)
	require.NoError(t, db.B.Unfriend(t.Context(), 3, 1, noon.Add(time.Hour)))
	f.store = db.B
	f.readUntil(t, 6, 100)
	require.Equal(t, social.EventUnmatched, f.got[5].Kind)
	require.Equal(t, social.UserID(3), f.got[5].Other)
}

// Hundreds match with one user through both stores while some follow: to each,
// every event comes once.
func eventsFollowed(t *testing.T, db Database) {
	n := db.scaled(600)
	everyone := people(t, db.A, 1, n+1)
	for _, uid := range everyone[1:] {
		accept(t, db.A, like(1, uid))
	}
	followers := make([]*follower, 4)
	var wg sync.WaitGroup
	for i := range followers {
		followers[i] = &follower{store: []persistence.Store{db.A, db.B}[i%2], uid: 1}
		wg.Go(func() {
			f := followers[i]
			for deadline := time.Now().Add(time.Minute); len(f.got) < n && time.Now().Before(deadline); {
				page, err := f.store.EventsSince(background(), f.uid, f.at, 1+i*5)
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range page {
					f.got, f.at = append(f.got, e.Event), e.Cursor
				}
			}
		})
	}
	errs := make([]error, n)
	inLanes(n, func(i int) {
		_, errs[i] = []persistence.Store{db.A, db.B}[i%2].RecordSwipes(background(), []persistence.Record{like(everyone[i+1], 1)})
	})
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	for _, f := range followers {
		seen := map[social.UserID]int{}
		ids := map[int64]bool{}
		for _, e := range f.got {
			seen[e.Other]++
			ids[e.ID] = true
		}
		require.Zero(t, n-len(seen), "so many matches were passed over") // shows no list of hundreds
		require.Zero(t, len(f.got)-n, "so many events came twice")
		require.Zero(t, n-len(ids), "ids are not unique")
	}
}

func pruneEvents(t *testing.T, db Database) {
	people(t, db.A, 1, 11)
	for i := range social.UserID(10) {
		accept(t, db.A, like(1, i+2))
		accept(t, db.A, swipeAt(i+2, 1, social.MarkLike, noon.Add(time.Duration(i)*time.Hour)))
	}
	prune := func(limit int) int {
		n, err := db.B.PruneEvents(t.Context(), noon.Add(7*time.Hour), limit)
		require.NoError(t, err)
		return n
	}
	left := func() []social.Event {
		events, err := db.A.EventsOf(t.Context(), 1, 0, everything)
		require.NoError(t, err)
		return events
	}
	require.Equal(t, 4, prune(4))
	require.Len(t, left(), 8)
	require.Equal(t, social.UserID(4), left()[0].Other, "the oldest go first")
	require.Equal(t, 10, prune(100), "both sides of seven matches")
	require.Zero(t, prune(100))
	require.Len(t, left(), 3)
	require.Equal(t, social.UserID(9), left()[0].Other, "what happened at the very time stays")
}

// Who begins at the last event is given the next one and none before.
func lastEvent(t *testing.T, db Database) {
	people(t, db.A, 1, 4)
	at, err := db.A.LastEvent(t.Context(), 1)
	require.NoError(t, err)
	require.Zero(t, at)
	for _, sid := range []social.UserID{2, 3} {
		accept(t, db.A, swipeAt(sid, 1, social.MarkLike, noon))
		accept(t, db.A, swipeAt(1, sid, social.MarkLike, noon))
	}
	all := &follower{store: db.A, uid: 1}
	all.readUntil(t, 2, 10)
	last, err := db.A.LastEvent(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, all.at, last)
	accept(t, db.A, swipeAt(4, 1, social.MarkLike, noon))
	accept(t, db.B, swipeAt(1, 4, social.MarkLike, noon))
	next := &follower{store: db.B, uid: 1, at: last}
	next.readUntil(t, 1, 10)
	require.Equal(t, social.UserID(4), next.got[0].Other)
}
