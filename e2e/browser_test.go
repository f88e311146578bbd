package e2e_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// browser gives a browser that runs until the test ends. Where none is installed
// the test is skipped; where CI is "true" it fails.
func browser(t *testing.T) *tabs {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatal("chromium must be installed in CI: the pages are not tested without it")
	}
	if path == "" {
		t.Skip("skipped: chromium is not installed, so the pages were not opened in a browser")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx)) // starts it
	return &tabs{ctx}
}

// tabs is a browser, in which tabs are opened.
type tabs struct {
	ctx context.Context //nolint:containedctx // the browser is its context
}

// window is a tab of its own, and what its page asked the network for and
// complained of.
type window struct {
	ctx    context.Context //nolint:containedctx // the tab is its context
	site   string
	mu     sync.Mutex
	asked  []string
	errors []string
}

// look is how a window shows pages.
type look struct {
	width, height int64
	scheme        string // "": light
	language      string // "": en
}

// open opens an empty tab for the pages of a server.
func (b *tabs) open(t *testing.T, site string, l look) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	w := &window{ctx: ctx, site: site}
	require.NoError(t, chromedp.Do(ctx)) // opens the tab
	require.NoError(t, chromedp.Listen(ctx, w.hear))
	call(t, w, network.Enable, network.EnableParams{})
	call(t, w, log.Enable, cdp.Empty{})
	w.resize(t, l.width, l.height)
	language := "en"
	if l.language != "" {
		language = l.language
	}
	call(t, w, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: evaluate[string](t, w, "navigator.userAgent"), AcceptLanguage: language,
	})
	w.prefer(t, l.scheme, false)
	return w
}

func (w *window) resize(t *testing.T, width, height int64) {
	t.Helper()
	call(t, w, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 2, Mobile: width < 600,
	})
}

// prefer says what the page's user prefers.
func (w *window) prefer(t *testing.T, scheme string, calm bool) {
	t.Helper()
	motion := "no-preference"
	if calm {
		motion = "reduce"
	}
	call(t, w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion},
	}})
}

func (w *window) hear(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			w.asked = append(w.asked, e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		w.errors = append(w.errors, fmt.Sprintf("%s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		w.errors = append(w.errors, fmt.Sprintf("console.%s", e.Type))
	case *log.EventEntryAdded:
		w.errors = append(w.errors, e.Entry.Text+" "+e.Entry.URL)
	}
}

// requireClean requires that nothing came from elsewhere and nothing was
// complained of but what is expected.
func (w *window) requireClean(t *testing.T, expected ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, url := range w.asked {
		require.True(t, strings.HasPrefix(url, w.site+"/"), "asked of another: %s", url)
	}
	require.NotEmpty(t, w.asked)
	require.Empty(t, slices.DeleteFunc(slices.Clone(w.errors), func(text string) bool {
		return slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(text, e) })
	}))
}

func call[P, R any](t *testing.T, w *window, c cdp.Command[P, R], params P) R {
	t.Helper()
	r, err := chromedp.Call(w.ctx, c, params)
	require.NoError(t, err)
	return r
}

func evaluate[T any](t *testing.T, w *window, script string) T {
	t.Helper()
	value, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	require.NoError(t, err, script)
	return value
}

func (w *window) visit(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, chromedp.Do(w.ctx, chromedp.Navigate(w.site+path)))
}

// until waits until a condition of the page holds.
func (w *window) until(t *testing.T, condition string) {
	t.Helper()
	holds := func() bool {
		ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		return err == nil && ok
	}
	if !poll(t.Context(), time.Minute, holds) {
		t.Fatalf("the page never came to %s; it shows:\n%s\n%v", condition, evaluate[string](t, w, "document.body.innerText"), w.errors)
	}
}

// poll asks until it holds, for at most so long.
func poll(ctx context.Context, within time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	turns := time.NewTicker(20 * time.Millisecond)
	defer turns.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return false
		case <-turns.C:
		}
	}
	return true
}

// press presses keys as a person does, one after the other.
func (w *window) press(t *testing.T, keys string) {
	t.Helper()
	require.NoError(t, chromedp.Do(w.ctx, chromedp.KeyEvent(keys)))
}

// click clicks the first element of a selector, without scrolling or moving.
func (w *window) click(t *testing.T, selector string) {
	t.Helper()
	w.until(t, fmt.Sprintf("document.querySelector(%q)", selector))
	evaluate[chromedp.Void](t, w, fmt.Sprintf("void document.querySelector(%q).click()", selector))
}

// axe gives the accessibility checks of Deque, which the tests bring with them
// under the Mozilla Public License 2.0.
func axe(t *testing.T) string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "axe-4.10.3.min.js.gz"))
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	script, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	return string(script)
}

// audit requires that axe finds nothing on the page as it is now.
func (w *window) audit(t *testing.T, what string) {
	t.Helper()
	if !evaluate[bool](t, w, "'axe' in window") {
		evaluate[chromedp.Void](t, w, "void function () {"+axe(t)+"\n}()")
	}
	// What is half faded in cannot be read yet.
	evaluate[chromedp.Void](t, w, `Promise.allSettled(document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < Infinity).map((a) => a.finished)).then(() => undefined)`)
	found := evaluate[string](t, w, `axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) => ({
		id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html.slice(0, 160) + " " + n.failureSummary)}))))`)
	var violations []struct {
		ID, Impact string
		Nodes      []string
	}
	require.NoError(t, json.Unmarshal([]byte(found), &violations))
	for _, v := range violations {
		t.Errorf("%s: %s (%s): %s", what, v.ID, v.Impact, strings.Join(v.Nodes, "\n"))
	}
	require.LessOrEqual(t, evaluate[int64](t, w, "document.documentElement.scrollWidth - innerWidth"), int64(0), "%s scrolls sideways", what)
}

// shoot keeps a picture of the window in the folder CLIENT_SHOTS, if it is set.
func (w *window) shoot(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("CLIENT_SHOTS")
	if dir == "" {
		return
	}
	quality := int64(82)
	shot := call(t, w, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
	require.Less(t, len(shot.Data), 150<<10)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".webp"), shot.Data, 0o600))
}
