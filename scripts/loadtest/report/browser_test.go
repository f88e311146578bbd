package report_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/loadtest/report"
)

// browser gives a browser that runs until the test ends. Where none is installed
// the test is skipped; where CI is "true" it fails.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatal("chromium must be installed in CI: the page is not tested without it")
	}
	if path == "" {
		t.Skip("skipped: chromium is not installed, so the page was not opened in a browser")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx)) // starts it
	return ctx
}

// heard is what a page asked the network for and complained of.
type heard struct {
	mu     sync.Mutex
	asked  []string
	errors []string
}

func (h *heard) hear(event any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			h.asked = append(h.asked, e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		h.errors = append(h.errors, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		h.errors = append(h.errors, fmt.Sprintf("console.%s", e.Type))
	case *log.EventEntryAdded:
		h.errors = append(h.errors, e.Entry.Text)
	}
}

func (h *heard) complaints() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.errors)
}

// open writes a report and opens its page in a tab of its own, with a screen so
// many pixels wide.
func open(t *testing.T, browser context.Context, in report.Input, width int64, scheme string) (ctx context.Context, h *heard) { //nolint:revive // the test comes first
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, report.Write(dir, in))
	address := "file://" + filepath.Join(dir, "report.html")
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	h = &heard{}
	require.NoError(t, chromedp.Do(ctx)) // opens the tab
	require.NoError(t, chromedp.Listen(ctx, h.hear))
	call(t, ctx, network.Enable, network.EnableParams{})
	call(t, ctx, log.Enable, cdp.Empty{})
	call(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	call(t, ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 800, DeviceScaleFactor: 2, Mobile: width < 600,
	})
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("#run"))))
	h.mu.Lock()
	defer h.mu.Unlock()
	require.Equal(t, []string{address}, h.asked, "nothing else is loaded")
	require.Empty(t, h.errors)
	return ctx, h
}

func call[P, R any](t *testing.T, ctx context.Context, command cdp.Command[P, R], params P) { //nolint:revive // the test comes first
	t.Helper()
	_, err := chromedp.Call(ctx, command, params)
	require.NoError(t, err)
}

func evaluate[T any](t *testing.T, ctx context.Context, script string) T { //nolint:revive // the test comes first
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	require.NoError(t, err)
	return value
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
	b := browser(t)
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
			ctx, _ := open(t, b, c.in, c.width, c.scheme)
			shoot(t, ctx, c.name)
			require.LessOrEqual(t, evaluate[int64](t, ctx, "document.documentElement.scrollWidth"), c.width, "the page does not scroll sideways")
			pixels := evaluate[[]int](t, ctx, inked)
			require.Len(t, pixels, 3)
			for _, n := range pixels {
				require.Greater(t, n, 200, "a line or bars are drawn on each: %v", pixels)
			}
			require.Equal(t, 1, evaluate[int](t, ctx, `document.querySelectorAll("h1").length`))
			require.Zero(t, evaluate[int](t, ctx, `[...document.querySelectorAll("table")].filter((t) => !t.querySelector("th[scope]") && !t.closest(".uplot")).length`))
			require.Zero(t, evaluate[int](t, ctx, `[...document.querySelectorAll("canvas")].filter((c) => !c.getAttribute("aria-label")).length`))
		})
	}
	t.Run("another operation is drawn", func(t *testing.T) {
		t.Parallel()
		ctx, h := open(t, b, clean(), 1280, "light")
		require.Equal(t, "swipe", evaluate[string](t, ctx, `document.getElementById("spread-of").selectedOptions[0].text`))
		const picture = `document.querySelector("#spread-chart canvas").toDataURL()`
		before := evaluate[string](t, ctx, picture)
		require.Equal(t, "deck", evaluate[string](t, ctx, `(() => {
			const s = document.getElementById("spread-of");
			s.value = [...s.options].find((o) => o.text === "deck").value;
			s.dispatchEvent(new Event("change"));
			return s.selectedOptions[0].text;
		})()`))
		require.NotEqual(t, before, evaluate[string](t, ctx, picture))
		require.Empty(t, h.complaints())
	})
	// Text that comes from elsewhere is shown as text, wherever it stands.
	t.Run("hostile text", func(t *testing.T) {
		t.Parallel()
		hostile := hostileScript()
		ctx, _ := open(t, b, broken(hostile), 1280, "light")
		require.Equal(t, "undefined", evaluate[string](t, ctx, "typeof window.owned"))
		require.Zero(t, evaluate[int](t, ctx, `document.querySelectorAll("img").length`))
		shown := strings.Count(evaluate[string](t, ctx, "document.body.textContent"), hostile)
		require.GreaterOrEqual(t, shown, 9, "reason, kind, key, event, detail, interruption, target, fault, option")
		require.Equal(t, 3, evaluate[int](t, ctx, `document.querySelectorAll("canvas").length`))
	})
	t.Run("nothing measured", func(t *testing.T) {
		t.Parallel()
		in := clean()
		in.Result.Series, in.Result.Ops, in.Result.All.Latency, in.Result.Duration = nil, nil, nil, 0
		ctx, _ := open(t, b, in, 1280, "light")
		require.Equal(t, 2, evaluate[int](t, ctx, `document.querySelectorAll(".empty").length`))
		require.Zero(t, evaluate[int](t, ctx, `document.querySelectorAll("canvas").length`))
	})
}

// shoot keeps a picture of the whole page in the folder REPORT_SHOTS, if it is set.
func shoot(t *testing.T, ctx context.Context, name string) { //nolint:revive // the test comes first
	t.Helper()
	dir := os.Getenv("REPORT_SHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600))
}
