// Package testbrowser gives tests a browser whose tabs take down what their pages ask
// the network for and complain of.
//
// It knows no page.
package testbrowser

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Browser is a running Chromium.
type Browser struct {
	ctx context.Context //nolint:containedctx // the browser is its context
}

// Start gives a browser that runs until the test ends, for 10 minutes at most. Where
// none is installed the test is skipped; where CI is "true" it fails.
func Start(t *testing.T) *Browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(find(t)), chromedp.NoSandbox)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx)) // starts it
	return &Browser{ctx}
}

func find(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("chromium must be installed in CI: pages are not tested without it")
	}
	t.Skip("skipped: chromium is not installed, so no page was opened in a browser")
	return ""
}

// Open opens an empty tab.
func (b *Browser) Open(t *testing.T, l Look) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	tab := &Tab{ctx: ctx}
	require.NoError(t, chromedp.Do(ctx)) // opens it
	require.NoError(t, chromedp.Listen(ctx, tab.hear))
	Call(t, tab, network.Enable, network.EnableParams{})
	Call(t, tab, log.Enable, cdp.Empty{})
	tab.apply(t, l)
	return tab
}
