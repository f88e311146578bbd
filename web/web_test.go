package web_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/web"
)

// site serves the pages as the public listener does.
func site(t *testing.T, o web.Options) func(method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	s, err := web.New(o)
	require.NoError(t, err)
	return served(s)
}

// console serves the console as the operators' listener does.
func console(t *testing.T) func(method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	s, err := web.NewConsole(true)
	require.NoError(t, err)
	return served(s)
}

func served(s *web.Site) func(method, path string, header ...string) *httptest.ResponseRecorder {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	for path, h := range s.Routes() {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, gin.WrapH(h))
	}
	return func(method, path string, header ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, path, nil)
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, req)
		return w
	}
}

var pages = []string{"/", "/docs", "/docs/errors", "/docs/idempotency", "/docs/events"} //nolint:gochecknoglobals // a constant that Go cannot express

// linked finds what a page loads.
var linked = regexp.MustCompile(`(?:src|href)="((?:/console)?/assets/[^"]+)"`)

func TestPagesAndWhatTheyLoad(t *testing.T) {
	t.Parallel()
	public, operators := site(t, web.Options{}), console(t)
	for _, path := range append(pages, "/console") {
		get := public
		if path == "/console" {
			get = operators
		}
		page := get(http.MethodGet, path)
		require.Equal(t, http.StatusOK, page.Code, path)
		require.Equal(t, "text/html; charset=utf-8", page.Header().Get("Content-Type"))
		require.Equal(t, "no-cache", page.Header().Get("Cache-Control"), "a page names the files of its version")
		requireGuarded(t, page)
		assets := linked.FindAllStringSubmatch(page.Body.String(), -1)
		require.NotEmpty(t, assets)
		for _, asset := range assets {
			got := get(http.MethodGet, asset[1])
			require.Equal(t, http.StatusOK, got.Code, asset[1])
			require.Contains(t, got.Header().Get("Cache-Control"), "immutable")
			require.NotContains(t, got.Header().Get("Content-Type"), "text/plain")
			requireGuarded(t, got)
		}
		require.NotRegexp(t, `(?i)<script(?:>| [^>]*>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:`, page.Body.String(), "nothing stands in the page that its policy forbids")
	}
}

func requireGuarded(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	policy := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
		require.Contains(t, policy, part)
	}
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
}

func TestAskingWhetherItHasChanged(t *testing.T) {
	t.Parallel()
	get := site(t, web.Options{})
	first := get(http.MethodGet, "/")
	tag := first.Header().Get("ETag")
	require.NotEmpty(t, tag)
	for _, sent := range []string{tag, "W/" + tag, `"other", ` + tag} {
		again := get(http.MethodGet, "/", "If-None-Match", sent)
		require.Equal(t, http.StatusNotModified, again.Code)
		require.Zero(t, again.Body.Len())
	}
	require.Equal(t, http.StatusOK, get(http.MethodGet, "/", "If-None-Match", `"other"`).Code)

	head := get(http.MethodHead, "/")
	require.Equal(t, http.StatusOK, head.Code)
	require.Zero(t, head.Body.Len())
	require.Equal(t, first.Header().Get("Content-Length"), head.Header().Get("Content-Length"))
}

// A page of a node of another version is served too, while nodes are replaced.
func TestAnotherVersionsFilesAreNotKept(t *testing.T) {
	t.Parallel()
	get := site(t, web.Options{})
	got := get(http.MethodGet, "/assets/0123456789ab/client/app.js")
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, "no-cache", got.Header().Get("Cache-Control"))
}

func TestNothingElseIsThere(t *testing.T) {
	t.Parallel()
	get := site(t, web.Options{})
	for _, path := range []string{
		"/assets/", "/assets/x", "/assets/x/", "/assets/x/client", "/assets/x/web.go", "/assets/x/../web.go", "/assets/x/client/index.html",
		"/assets/x/client/../docs/layout.html", "/docs/", "/docs/layout", "/client/app.js", "/index.html",
	} {
		require.Equal(t, http.StatusNotFound, get(http.MethodGet, path).Code, path)
	}
}

// Each listener has its own pages and files, and nothing of the other's.
func TestListenersShowTheirOwn(t *testing.T) {
	t.Parallel()
	public, operators := site(t, web.Options{}), console(t)
	require.Equal(t, http.StatusOK, operators(http.MethodGet, "/console/assets/x/console/app.js").Code)
	for _, path := range []string{"/console", "/console/assets/x/console/app.js", "/assets/x/console/app.js"} {
		require.Equal(t, http.StatusNotFound, public(http.MethodGet, path).Code, path)
	}
	for _, path := range []string{"/", "/docs", "/assets/x/client/app.js", "/console/assets/x/client/app.js", "/console/assets/x/console/console.html"} {
		require.Equal(t, http.StatusNotFound, operators(http.MethodGet, path).Code, path)
	}
}

func TestOnlyADemonstrationProposes(t *testing.T) {
	t.Parallel()
	require.NotContains(t, site(t, web.Options{})(http.MethodGet, "/").Body.String(), "data-demo")
	shown := site(t, web.Options{Demo: true, Places: []string{"上海", `"><script>`}})(http.MethodGet, "/").Body.String()
	require.Contains(t, shown, `data-demo data-places="上海,&#34;&gt;&lt;script&gt;"`)
}

func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	page := site(t, web.Options{})(http.MethodGet, "/docs/errors").Body.String()
	for _, code := range social.Codes() {
		require.Regexp(t, `<tr id="`+string(code)+`">.*<td>\d{3}</td><td>[^<]+</td><td>[^<]+</td>`, page, "the page of errors says nothing of %s: add it to web/code.go", code)
	}
}

// sources gives the files below a folder that end so.
func sources(t *testing.T, folder, ext string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ext {
			return err
		}
		text, err := os.ReadFile(path)
		out[path] = string(text)
		return err
	}))
	require.NotEmpty(t, out)
	return out
}

func TestScriptsAreSmallAndMakeNoMarkup(t *testing.T) {
	t.Parallel()
	shared := 0
	for _, folder := range []string{"shared", "client", "docs", "console"} {
		total := shared
		for path, text := range sources(t, folder, ".js") {
			total += len(text)
			require.NotRegexp(t, `innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|\bimport\(`, text, path)
			require.NotRegexp(t, `https?://(?:[^w]|w[^w])`, strings.ReplaceAll(text, "http://www.w3.org/2000/svg", ""), "%s names another site", path)
		}
		require.Less(t, total, 100_000, "bytes of script in %s", folder)
		if folder == "shared" {
			shared = total
		}
	}
}

// The words of the client: each that is used is there, in both languages, and
// each that is there is used.
func TestWords(t *testing.T) {
	t.Parallel()
	all := sources(t, "client", ".js")
	words := regexp.MustCompile(`(?m)^\t"?([\w.]+)"?: \[\s*"(.+?)",\s*"(.+?)",?\s*\],$`).FindAllStringSubmatch(all[filepath.Join("client", "i18n.js")], -1)
	have := map[string]bool{}
	blanks := regexp.MustCompile(`\{\w+\}`)
	for _, w := range words {
		require.False(t, have[w[1]], "%s is there twice", w[1])
		have[w[1]] = true
		require.ElementsMatch(t, blanks.FindAllString(w[2], -1), blanks.FindAllString(w[3], -1), w[1])
	}
	for _, code := range social.Codes() {
		switch code {
		case social.CodeMethodNotAllowed, social.CodeIdempotencyMismatch: // a client that is right meets neither
		default:
			require.True(t, have["err."+string(code)], "the client has no words for %s: add them to web/client/i18n.js", code)
		}
	}
	var text strings.Builder
	for path, source := range all {
		if path != filepath.Join("client", "i18n.js") {
			text.WriteString(source)
		}
	}
	for _, m := range regexp.MustCompile(`\bt\("(\w+)"`).FindAllStringSubmatch(text.String(), -1) {
		require.True(t, have[m[1]], "no words for %s", m[1])
	}
	for key := range have {
		said := strings.Contains(text.String(), `"`+key+`"`) || strings.Contains(text.String(), key+":") || strings.HasPrefix(key, "err.")
		require.True(t, said, "nobody says %s", key)
	}
}
