package load_test

import (
	"context"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/bench/load"
)

func TestPacerSendsTheSequenceAtItsRate(t *testing.T) {
	t.Parallel()
	sequence, tokens := sequence(t)
	s := start(t)
	const rate, first = 500, 100
	begun := time.Now()
	r, next, err := load.NewPacer(sequence, tokens, 16).Run(t.Context(), s.URL, first, rate, 200*time.Millisecond, 400*time.Millisecond)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(begun), 590*time.Millisecond, "no faster than asked")
	require.EqualValues(t, first+300, next)
	require.True(t, maps.Equal(numbers(sequence, first, next), s.swipes()))
	require.Len(t, numbers(sequence, first+100, next), r.Sent, "what is skipped is sent and left out")
	require.Len(t, r.Millis, r.Sent)
	require.Zero(t, r.Errors)
	require.Len(t, s.swipes(), int(r.OK))
}

// A server that stands still for a while is charged for everything that was to be
// sent meanwhile, though only few requests were under way.
func TestPacerCountsFromWhenItWasToBeSent(t *testing.T) {
	t.Parallel()
	sequence, tokens := sequence(t)
	s := start(t, func(s *server) { s.hold = make(chan struct{}) })
	const still = 300 * time.Millisecond
	time.AfterFunc(still, func() { close(s.hold) })
	r, _, err := load.NewPacer(sequence, tokens, 2).Run(t.Context(), s.URL, 0, 1000, 0, still)
	require.NoError(t, err)
	late := 0
	for _, ms := range r.Millis {
		if ms > 100 {
			late++
		}
	}
	require.Greater(t, late, 150, "those of the first two thirds of the time")
}

func TestPacerCountsRefusals(t *testing.T) {
	t.Parallel()
	sequence, tokens := sequence(t)
	s := start(t, func(s *server) { s.status = http.StatusTooManyRequests })
	r, _, err := load.NewPacer(sequence, tokens, 4).Run(t.Context(), s.URL, 0, 200, 0, 200*time.Millisecond)
	require.NoError(t, err)
	require.Positive(t, r.Sent)
	require.Equal(t, r.Sent, r.Errors)
}

func TestPacerEndsWhenTold(t *testing.T) {
	t.Parallel()
	sequence, tokens := sequence(t)
	s := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, _, err := load.NewPacer(sequence, tokens, 4).Run(ctx, s.URL, 0, 1, 0, time.Hour)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
