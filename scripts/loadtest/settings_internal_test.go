package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
)

func TestEarlyMorning(t *testing.T) {
	t.Parallel()
	for hour := range 24 {
		now := time.Date(2026, 3, 1, hour, 59, 0, 0, time.UTC)
		zone, err := time.LoadLocation(earlyMorning(now))
		require.NoError(t, err)
		require.Equal(t, 6, now.In(zone).Hour(), earlyMorning(now))
	}
}

func TestReadFaults(t *testing.T) {
	t.Parallel()
	started := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	read := func(text string) ([]checker.Fault, error) {
		path := filepath.Join(t.TempDir(), "faults")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return readFaults(path, started)
	}
	got, err := read(fmt.Sprintf(`{"name":"kill","from":2000000000,"to":3000000000}

{"name":"pause","from":%d,"to":%d}
{"name":"leave","from":"2026-03-01T12:00:04Z","to":"2026-03-01T20:00:05+08:00"}
{"name":"flush","from":7000000000}
`, started.Add(2*time.Second).UnixNano(), started.Add(3*time.Second).UnixNano()))
	require.NoError(t, err)
	second := int64(time.Second)
	require.Equal(t, []checker.Fault{
		{Name: "kill", From: 2 * second, To: 3 * second},
		{Name: "pause", From: 2 * second, To: 3 * second},
		{Name: "leave", From: 4 * second, To: 5 * second},
		{Name: "flush", From: 7 * second},
	}, got)
	for _, bad := range []string{"{", `{"name":"x","from":"noon"}`, `{"name":"x","from":5,"to":4}`, `{"name":"x"}`} {
		_, err := read(bad)
		require.ErrorContains(t, err, "line 1", bad)
	}
}
