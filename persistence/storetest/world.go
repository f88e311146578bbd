package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// direction is one side's view of a pair.
type direction struct{ uid, sid social.UserID }

// world is what a store tells of some people, all of it read through its
// public doors.
type world struct {
	marks     map[direction]social.Mark
	friends   map[direction]bool
	matches   map[direction]int // match events of uid that name sid
	unmatches map[direction]int
}

// look reads the world of the given people.
func look(t *testing.T, s persistence.Store, people []social.UserID) world {
	t.Helper()
	w := world{map[direction]social.Mark{}, map[direction]bool{}, map[direction]int{}, map[direction]int{}}
	for _, uid := range people {
		swipes, err := s.RecentSwipes(background(), uid, everything)
		require.NoError(t, err)
		require.Less(t, len(swipes), everything)
		for _, sw := range swipes {
			w.marks[direction{uid, sw.SID}] = sw.Mark
		}
		friends, err := s.Friends(background(), uid, persistence.FriendCursor{}, everything)
		require.NoError(t, err)
		require.Less(t, len(friends), everything)
		for _, f := range friends {
			require.False(t, w.friends[direction{uid, f.User.ID}], "%d is listed twice", f.User.ID)
			w.friends[direction{uid, f.User.ID}] = true
		}
		events, err := s.EventsOf(background(), uid, 0, everything)
		require.NoError(t, err)
		require.Less(t, len(events), everything)
		for _, e := range events {
			switch e.Kind {
			case social.EventMatch:
				w.matches[direction{uid, e.Other}]++
			case social.EventUnmatched:
				w.unmatches[direction{uid, e.Other}]++
			case social.EventTask, social.EventPhoto, social.HintLiked, social.HintSuperliked, social.HintUnliked: // not of a pair, or never stored
			}
		}
	}
	return w
}

// friendships counts the pairs that are friends.
func (w *world) friendships() int { return len(w.friends) / 2 }

// requireWhole wants no half state anywhere: a friendship stands exactly where
// both stored marks are likes, both sides see it, each match was told once to
// each side, and each end of one was told once to one side.
func (w *world) requireWhole(t *testing.T) {
	t.Helper()
	pairs := map[social.Pair]bool{}
	for _, seen := range []map[direction]int{w.matches, w.unmatches} {
		for d := range seen {
			pairs[social.PairOf(d.uid, d.sid)] = true
		}
	}
	for d := range w.marks {
		pairs[social.PairOf(d.uid, d.sid)] = true
	}
	for d := range w.friends {
		pairs[social.PairOf(d.uid, d.sid)] = true
	}
	for p := range pairs {
		w.requireWholePair(t, p)
	}
}

func (w *world) requireWholePair(t *testing.T, p social.Pair) {
	t.Helper()
	here, there := direction{p.UID1, p.UID2}, direction{p.UID2, p.UID1}
	both := w.marks[here].Likes() && w.marks[there].Likes()
	standing := 0
	if both {
		standing = 1
	}
	// Plain comparisons: thousands of pairs are looked at.
	if w.friends[here] != both || w.friends[there] != both {
		require.Failf(t, "half a friendship", "%v: marks %v and %v, friends %v and %v",
			p, w.marks[here], w.marks[there], w.friends[here], w.friends[there])
	}
	if made, ended := w.matches[here], w.unmatches[here]+w.unmatches[there]; made != w.matches[there] || made-ended != standing {
		require.Failf(t, "events do not add up", "%v: match %d and %d, unmatched %d and %d, friends %v",
			p, w.matches[here], w.matches[there], w.unmatches[here], w.unmatches[there], both)
	}
}
