package api

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/strictjson"
)

// An answer written by hand is the one that strictjson writes.
func TestSwipeAnswerJSON(t *testing.T) {
	t.Parallel()
	for _, a := range []swipeAnswer{
		{UserID: 1, Mark: "like"},
		{UserID: math.MaxInt64, Mark: "superlike", Matched: true},
		{UserID: 20, Mark: "dislike", Repeated: true},
	} {
		var want bytes.Buffer
		require.NoError(t, strictjson.Marshal(&want, &a))
		require.Equal(t, want.String(), string(a.json()))
	}
}
