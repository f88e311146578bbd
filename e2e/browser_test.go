package e2e_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testbrowser"
)

// openBrowser gives a browser that runs until the test ends.
func openBrowser(t *testing.T) *tabs {
	t.Helper()
	return &tabs{testbrowser.Start(t)}
}

// tabs is a browser, in which tabs are opened.
type tabs struct{ browser *testbrowser.Browser }

// window is a tab that shows the pages of a server.
type window struct {
	*testbrowser.Tab

	site string
}

// look is how a window shows pages.
type look = testbrowser.Look

// open opens an empty tab for the pages of a server.
func (b *tabs) open(t *testing.T, site string, l look) *window {
	t.Helper()
	return &window{b.browser.Open(t, l), site}
}

// requireClean requires that nothing came from elsewhere and nothing was
// complained of but what is expected.
func (w *window) requireClean(t *testing.T, expected ...string) {
	t.Helper()
	asked := w.Asked()
	for _, url := range asked {
		require.True(t, strings.HasPrefix(url, w.site+"/"), "asked of another: %s", url)
	}
	require.NotEmpty(t, asked)
	require.Empty(t, slices.DeleteFunc(w.Errors(), func(text string) bool {
		return slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(text, e) })
	}))
}

func evaluate[T any](t *testing.T, w *window, script string) T {
	t.Helper()
	return testbrowser.Evaluate[T](t, w.Tab, script)
}

func (w *window) visit(t *testing.T, path string) {
	t.Helper()
	w.Visit(t, w.site+path)
}

// until waits until a condition of the page holds.
func (w *window) until(t *testing.T, condition string) {
	t.Helper()
	holds := func() bool {
		ok, err := testbrowser.Try[bool](w.Tab, "Boolean("+condition+")")
		return err == nil && ok
	}
	if !poll(t.Context(), time.Minute, holds) {
		t.Fatalf("the page never came to %s; it shows:\n%s\n%v", condition, evaluate[string](t, w, "document.body.innerText"), w.Errors())
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
	w.Do(t, chromedp.KeyEvent(keys))
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
	shot := testbrowser.Call(t, w.Tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
	require.Less(t, len(shot.Data), 150<<10)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".webp"), shot.Data, 0o600))
}
