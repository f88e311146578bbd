package testbrowser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Look is how a tab shows pages.
type Look struct {
	Width, Height int64  // CSS pixels; narrower than 600 is a phone
	Scheme        string // "": light
	Language      string // "": en
}

// Tab is one page at a time, and what it asked the network for and complained of.
type Tab struct {
	ctx    context.Context //nolint:containedctx // the tab is its context
	mu     sync.Mutex
	asked  []string
	errors []string
}

func (tab *Tab) apply(t *testing.T, l Look) {
	t.Helper()
	tab.Resize(t, l.Width, l.Height)
	language := "en"
	if l.Language != "" {
		language = l.Language
	}
	Call(t, tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: Evaluate[string](t, tab, "navigator.userAgent"), AcceptLanguage: language,
	})
	tab.Prefer(t, l.Scheme, false)
}

// Resize gives the tab another size, in CSS pixels.
func (tab *Tab) Resize(t *testing.T, width, height int64) {
	t.Helper()
	Call(t, tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 2, Mobile: width < 600,
	})
}

// Prefer says what the page's user prefers: a colour scheme, and no motion if calm.
func (tab *Tab) Prefer(t *testing.T, scheme string, calm bool) {
	t.Helper()
	motion := "no-preference"
	if calm {
		motion = "reduce"
	}
	Call(t, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion},
	}})
}

func (tab *Tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			tab.asked = append(tab.asked, e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		tab.errors = append(tab.errors, fmt.Sprintf("%s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		tab.errors = append(tab.errors, fmt.Sprintf("console.%s", e.Type))
	case *log.EventEntryAdded:
		tab.errors = append(tab.errors, e.Entry.Text+" "+e.Entry.URL)
	}
}

// Asked gives the addresses that were asked for so far.
func (tab *Tab) Asked() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.asked)
}

// Errors gives what was complained of so far: exceptions, all that was written to the
// console, and requests that failed.
func (tab *Tab) Errors() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.errors)
}

// Do does what is asked of it in turn.
func (tab *Tab) Do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	require.NoError(t, chromedp.Do(tab.ctx, actions...))
}

// Run gives what an action gives.
func Run[T any](t *testing.T, tab *Tab, action chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(tab.ctx, action)
	require.NoError(t, err)
	return value
}

// Visit opens a page.
func (tab *Tab) Visit(t *testing.T, address string) {
	t.Helper()
	tab.Do(t, chromedp.Navigate(address))
}

// Try evaluates a script; error if it throws, or the page is on its way to another.
func Try[T any](tab *Tab, script string) (T, error) {
	return chromedp.Run(tab.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Evaluate gives the value of a script, or what it promises.
func Evaluate[T any](t *testing.T, tab *Tab, script string) T {
	t.Helper()
	value, err := Try[T](tab, script)
	require.NoError(t, err, script)
	return value
}

// Call calls a command of the DevTools protocol.
func Call[P, R any](t *testing.T, tab *Tab, c cdp.Command[P, R], params P) R {
	t.Helper()
	r, err := chromedp.Call(tab.ctx, c, params)
	require.NoError(t, err)
	return r
}
