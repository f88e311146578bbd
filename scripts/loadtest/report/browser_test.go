package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testbrowser"
	"github.com/swiperhq/swiper/scripts/loadtest/report"
)

// open writes a report and opens its page in a tab of its own.
func open(t *testing.T, browser *testbrowser.Browser, in report.Input, look testbrowser.Look) *testbrowser.Tab {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, report.Write(dir, in))
	address := "file://" + filepath.Join(dir, "report.html")
	tab := browser.Open(t, look)
	tab.Visit(t, address)
	tab.Do(t, chromedp.WaitReady(chromedp.CSS("#run")))
	require.Equal(t, []string{address}, tab.Asked(), "nothing else is loaded")
	require.Empty(t, tab.Errors())
	return tab
}

// inked counts the pixels of each canvas that have the colour of its first line.
const inked = `[...document.querySelectorAll("canvas")].map((c) => {
	const probe = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
	probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--ink-1");
	probe.fillRect(0, 0, 1, 1);
	const want = probe.getImageData(0, 0, 1, 1).data;
	const got = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
	let n = 0;
	for (let i = 0; i < got.length; i += 4)
		if (got[i] === want[0] && got[i + 1] === want[1] && got[i + 2] === want[2] && got[i + 3] === 255) n++;
	return n;
})`

// One browser, and a tab for each.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	b, light := testbrowser.Start(t), testbrowser.Look{Width: 1280, Height: 800}
	for _, c := range []struct {
		name, scheme string
		width        int64
		in           report.Input
	}{
		{"clean-1280-light", "light", 1280, clean()},
		{"clean-360-dark", "dark", 360, clean()},
		{"broken-1280-dark", "dark", 1280, broken("")},
		{"broken-360-light", "light", 360, broken("")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tab := open(t, b, c.in, testbrowser.Look{Width: c.width, Height: 800, Scheme: c.scheme})
			shoot(t, tab, c.name)
			require.LessOrEqual(t, testbrowser.Evaluate[int64](t, tab, "document.documentElement.scrollWidth"), c.width, "the page does not scroll sideways")
			pixels := testbrowser.Evaluate[[]int](t, tab, inked)
			require.Len(t, pixels, 3)
			for _, n := range pixels {
				require.Greater(t, n, 200, "a line or bars are drawn on each: %v", pixels)
			}
			require.Equal(t, 1, testbrowser.Evaluate[int](t, tab, `document.querySelectorAll("h1").length`))
			require.Zero(t, testbrowser.Evaluate[int](t, tab, `[...document.querySelectorAll("table")].filter((t) => !t.querySelector("th[scope]") && !t.closest(".uplot")).length`))
			require.Zero(t, testbrowser.Evaluate[int](t, tab, `[...document.querySelectorAll("canvas")].filter((c) => !c.getAttribute("aria-label")).length`))
		})
	}
	t.Run("another operation is drawn", func(t *testing.T) {
		t.Parallel()
		tab := open(t, b, clean(), light)
		require.Equal(t, "swipe", testbrowser.Evaluate[string](t, tab, `document.getElementById("spread-of").selectedOptions[0].text`))
		const picture = `document.querySelector("#spread-chart canvas").toDataURL()`
		before := testbrowser.Evaluate[string](t, tab, picture)
		require.Equal(t, "deck", testbrowser.Evaluate[string](t, tab, `(() => {
			const s = document.getElementById("spread-of");
			s.value = [...s.options].find((o) => o.text === "deck").value;
			s.dispatchEvent(new Event("change"));
			return s.selectedOptions[0].text;
		})()`))
		require.NotEqual(t, before, testbrowser.Evaluate[string](t, tab, picture))
		require.Empty(t, tab.Errors())
	})
	// Text that comes from elsewhere is shown as text, wherever it stands.
	t.Run("hostile text", func(t *testing.T) {
		t.Parallel()
		hostile := hostileScript()
		tab := open(t, b, broken(hostile), light)
		require.Equal(t, "undefined", testbrowser.Evaluate[string](t, tab, "typeof window.owned"))
		require.Zero(t, testbrowser.Evaluate[int](t, tab, `document.querySelectorAll("img").length`))
		shown := strings.Count(testbrowser.Evaluate[string](t, tab, "document.body.textContent"), hostile)
		require.GreaterOrEqual(t, shown, 9, "reason, kind, key, event, detail, interruption, target, fault, option")
		require.Equal(t, 3, testbrowser.Evaluate[int](t, tab, `document.querySelectorAll("canvas").length`))
	})
	t.Run("nothing measured", func(t *testing.T) {
		t.Parallel()
		in := clean()
		in.Result.Series, in.Result.Ops, in.Result.All.Latency, in.Result.Duration = nil, nil, nil, 0
		tab := open(t, b, in, light)
		require.Equal(t, 2, testbrowser.Evaluate[int](t, tab, `document.querySelectorAll(".empty").length`))
		require.Zero(t, testbrowser.Evaluate[int](t, tab, `document.querySelectorAll("canvas").length`))
	})
}

// shoot keeps a picture of the whole page in the folder REPORT_SHOTS, if it is set.
func shoot(t *testing.T, tab *testbrowser.Tab, name string) {
	t.Helper()
	dir := os.Getenv("REPORT_SHOTS")
	if dir == "" {
		return
	}
	picture := testbrowser.Run(t, tab, chromedp.FullScreenshot(100))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600))
}
