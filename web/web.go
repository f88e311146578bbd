package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed client console docs shared
var embedded embed.FS

// policy lets pages load nothing from elsewhere, run no script and no style
// that is not a file of ours, and turn no text into markup.
func policy(pictures string) string {
	if pictures != "" {
		pictures = " " + pictures
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:" + pictures + "; connect-src 'self'; " +
		"manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'; trusted-types 'none'"
}

// Options of New.
type Options struct {
	// Demo makes the client read login codes from /demo/inbox, and propose what
	// a newcomer would have to type.
	Demo bool
	// Pictures is the origin that people's pictures come from, such as
	// https://media.example.com; "": that of the pages.
	Pictures string
	// Places are where the made-up people of a demonstration live, the largest first.
	Places []string

	credentials bool // the console asks for a token
}

// Site is the pages, ready to be served.
type Site struct {
	root    string // what its files' paths begin with
	policy  string
	version string // names the content of all files together
	files   map[string]file
	pages   map[string]file
}

// file is a file as it is sent.
type file struct {
	kind, tag string
	body      []byte
}

// New reads the embedded files and makes the pages of the public listener.
func New(opts Options) (*Site, error) {
	return newSite("/assets/", pages(), opts, "client", "docs", "shared")
}

// NewConsole makes the page of the operators' listener: the console at /console.
// credentials tells that the listener asks for a token.
func NewConsole(credentials bool) (*Site, error) {
	return newSite("/console/assets/", []page{{"/console", "console/console.html"}}, Options{credentials: credentials}, "console", "shared")
}

func newSite(root string, pages []page, opts Options, folders ...string) (*Site, error) {
	s := &Site{root: root, policy: policy(opts.Pictures), files: map[string]file{}, pages: map[string]file{}}
	all := sha256.New()
	for _, folder := range folders {
		if err := s.read(folder, all); err != nil {
			return nil, err
		}
	}
	s.version = hex.EncodeToString(all.Sum(nil))[:12]
	if err := s.render(pages, opts); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return s, nil
}

// read takes the files of a folder, and adds them to the sum of all.
func (s *Site) read(folder string, all io.Writer) error {
	return fs.WalkDir(embedded, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(all, "%s %d\n%s", name, len(body), body)
		kind, ok := kinds[path.Ext(name)]
		if !ok {
			return fmt.Errorf("web: %s is of no known kind", name)
		}
		s.files[name] = newFile(kind, body)
		return nil
	})
}

// kinds are what the files are, by the ends of their names. The machine's own
// table differs from one to the next.
var kinds = map[string]string{ //nolint:gochecknoglobals // a constant that Go cannot express
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".html": "text/html; charset=utf-8",
	".json": "application/manifest+json",
}

func newFile(kind string, body []byte) file {
	sum := sha256.Sum256(body)
	return file{kind: kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, body: body}
}

// Routes gives who answers GET and HEAD of which path. A last part that begins
// with * stands for any rest.
func (s *Site) Routes() map[string]http.Handler {
	routes := map[string]http.Handler{s.root + "*file": http.HandlerFunc(s.asset)}
	for at, page := range s.pages {
		routes[at] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.serve(w, r, &page, "no-cache") // asks each time whether it has changed
		})
	}
	return routes
}

// asset serves a file below ROOT/VERSION/. Under another version, which a page
// of another node may name while nodes are replaced, it is the file as it is here.
func (s *Site) asset(w http.ResponseWriter, r *http.Request) {
	version, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, s.root), "/")
	f, ok := s.files[name]
	if !ok || strings.HasSuffix(name, ".html") {
		http.Error(w, "There is nothing here.", http.StatusNotFound)
		return
	}
	caching := "no-cache"
	if version == s.version {
		caching = "public, max-age=31536000, immutable"
	}
	s.serve(w, r, &f, caching)
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request, f *file, caching string) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", caching)
	h.Set("ETag", f.tag)
	h.Set("Content-Security-Policy", s.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	sent := strings.Split(r.Header.Get("If-None-Match"), ",")
	if slices.ContainsFunc(sent, func(tag string) bool { return strings.TrimPrefix(strings.TrimSpace(tag), "W/") == f.tag }) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	if r.Method != http.MethodHead {
		_, _ = bytes.NewReader(f.body).WriteTo(w) // fails only for a client that is gone
	}
}
