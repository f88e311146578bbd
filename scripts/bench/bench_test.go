//go:build linux

package main_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	main "github.com/swiperhq/swiper/scripts/bench"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	o, err := main.Parse(nil)
	require.NoError(t, err)
	require.Equal(t, []string{"rounds"}, o.Parts)
	require.EqualValues(t, 20_000_000, o.Prefill)

	o, err = main.Parse([]string{"--full", "--rounds", "5"})
	require.NoError(t, err)
	require.Equal(t, 5, o.Rounds)
	require.Len(t, o.Parts, 7)

	o, err = main.Parse([]string{"--quick", "--parts", "deck,memory"})
	require.NoError(t, err)
	require.Equal(t, []string{"deck", "memory"}, o.Parts)
	require.Equal(t, 5*time.Second, o.Round)

	o, err = main.Parse([]string{"--variant", "one=--matchmaker.shards=1 --log.level=error", "--variant", "other@/bin/x="})
	require.NoError(t, err)
	require.Equal(t, []string{"empty", "textbook", "function", "swiper", "one", "other"}, o.Designs)

	o, err = main.Parse([]string{"--keep"})
	require.NoError(t, err)
	require.Equal(t, "swiper", o.Keep)
	o, err = main.Parse([]string{"--keep=textbook"})
	require.NoError(t, err)
	require.Equal(t, "textbook", o.Keep)
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--designs", "swiper,other"},
		{"--parts", "rest"},
		{"--rounds", "0"},
		{"--seconds", "0"},
		{"--variant", "name"},
		{"--keep=other"},
		{"--threads", "0"},
		{"--connections", "1", "--threads", "2"},
	} {
		_, err := main.Parse(args)
		require.Error(t, err, args)
	}
}

// A design that answers without storing is found out, and so is one that stores
// what nobody sent.
func TestLedger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		design string
		rows   int64
		ok     bool
	}{
		{"swiper", 5999, false},
		{"swiper", 6000, true},
		{"textbook", 6011, true},
		{"textbook", 6012, false},
		{"empty", 5000, true},
		{"empty", 5001, false},
	} {
		var l main.Ledger
		_, _, err := l.Settle(0)
		require.NoError(t, err)
		l.Add("function", 5000, 0, 0)
		stored, answered, err := l.Settle(5000)
		require.NoError(t, err)
		require.EqualValues(t, 5000, stored)
		require.EqualValues(t, 5000, answered)
		l.Add(c.design, 1000, 3, 8) // failures and connections may have been stored
		_, _, err = l.Settle(c.rows)
		require.Equal(t, c.ok, err == nil, c)
	}
}
