package admin

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGuessersAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	g := newGuesses(func() time.Time { return now })
	for i := range 3 * maxGuessers {
		g.wrong(fmt.Sprintf("10.%d.%d.1", i/256, i%256))
	}
	require.LessOrEqual(t, len(g.free), maxGuessers+1)
	require.Positive(t, g.wait("192.0.2.1"), "those who do not fit count as one")
	require.Zero(t, g.wait("10.0.0.1"), "who guessed once only is listened to")
	now = now.Add(24 * time.Hour)
	g.wrong("192.0.2.1")
	require.Len(t, g.free, 1, "what is long ago is forgotten")
	require.Zero(t, g.wait("192.0.2.1"))

	for i := range guessesAtOnce {
		g.wrong(fmt.Sprintf("2001:db8::%d", i))
	}
	require.Positive(t, g.wait("2001:db8::ffff"), "a network is one guesser")
	require.Zero(t, g.wait("2001:db8:0:1::1"))
	for range guessesAtOnce {
		g.wrong("::ffff:192.0.2.9")
	}
	require.Positive(t, g.wait("192.0.2.9"))
}
