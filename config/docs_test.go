package config_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/config"
)

// documented gives the first two columns of the README's table with the given
// heading: names and defaults.
func documented(t *testing.T, heading string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "| "+heading+" | default | meaning |\n|---|---|---|\n")
	require.True(t, found, "README.md has no table of %ss", heading)
	row := regexp.MustCompile("^\\| `([^`]+)` \\| (?:`([^`]*)`)? ?\\| ")
	out := map[string]string{}
	for line := range strings.Lines(rest) {
		cells := row.FindStringSubmatch(line)
		if cells == nil {
			break
		}
		out[cells[1]] = cells[2]
	}
	return out
}

func TestSettingsAreDocumented(t *testing.T) {
	t.Parallel()
	s, err := load(t, nil)
	require.NoError(t, err)
	want := map[string]string{}
	for _, e := range s.Entries() {
		want[e.Name] = e.Value
	}
	require.Equal(t, want, documented(t, "setting"))
}

func TestTunablesAreDocumented(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, tunable := range config.NewTunables(config.TunablesOptions{}).List() {
		want[tunable.Key] = string(tunable.Default)
	}
	require.Equal(t, want, documented(t, "tunable"))
}
