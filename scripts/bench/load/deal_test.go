package load_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/bench/load"
)

// People swipe the first cards of their last deck away before the next one.
func TestDealing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	swiped, deals := map[string][]int64{}, map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		who := r.Header.Get("Authorization")
		if r.Method == http.MethodGet {
			deals[who]++
			first := 10 * int64(deals[who])
			_ = json.NewEncoder(w).Encode(map[string]any{"cards": []any{map[string]any{"user_id": first}, map[string]any{"user_id": first + 1}, map[string]any{"user_id": first + 2}}})
			return
		}
		var body struct {
			UserID int64 `json:"user_id"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		swiped[who] = append(swiped[who], body.UserID)
	}))
	t.Cleanup(s.Close)
	people := []*load.Dealer{load.NewDealer(s.URL, "a"), load.NewDealer(s.URL, "b"), load.NewDealer(s.URL, "c")}
	r, err := load.Dealing{Clients: 2, Deals: 3, Swipes: 2}.Run(t.Context(), people)
	require.NoError(t, err)
	require.Len(t, r.Millis, 9)
	require.Equal(t, 27, r.Cards)
	require.EqualValues(t, 12, r.Swipes)
	for _, who := range []string{"a", "b", "c"} {
		require.Equal(t, 3, deals["Bearer "+who])
		require.Equal(t, []int64{10, 11, 20, 21}, swiped["Bearer "+who], "none before the first deck")
	}
}

func TestDealingFailsOnARefusal(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	_, err := load.Dealing{Clients: 1, Deals: 1}.Run(t.Context(), []*load.Dealer{load.NewDealer(s.URL, "a")})
	require.ErrorContains(t, err, "404")
}
