package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func eventCases() []testCase {
	return []testCase{{"event/each tells one side, in order, by cursor", eventsInOrder}}
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
