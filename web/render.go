package web

import (
	"bytes"
	"html/template"
	"slices"
	"strings"
)

// page is a template of the embedded files and the path it is shown at.
type page struct{ path, file string }

func pages() []page {
	return []page{
		{"/", "client/index.html"},
		{"/docs", "docs/reference.html"},
		{"/docs/errors", "docs/errors.html"},
		{"/docs/idempotency", "docs/idempotency.html"},
		{"/docs/events", "docs/events.html"},
	}
}

// render makes the pages from their templates, once.
func (s *Site) render(pages []page, opts Options) error {
	parsed, err := template.ParseFS(embedded, "client/*.html", "docs/*.html", "console/*.html")
	if err != nil {
		return err
	}
	data := struct {
		Assets string // where the files are, without a / at the end
		Demo   bool
		// Credentials: the console asks for a token before it asks for anything else.
		Credentials bool
		Places      string
		Path        string
		Codes       []code
		// Modules are the app's, so that a browser need not find them one behind the other.
		Modules []string
	}{Assets: s.root + s.version, Demo: opts.Demo, Credentials: opts.credentials, Places: strings.Join(opts.Places, ","), Codes: codes()}
	for name := range s.files {
		if strings.HasSuffix(name, ".js") && !strings.HasPrefix(name, "docs/") {
			data.Modules = append(data.Modules, name)
		}
	}
	slices.Sort(data.Modules)
	for _, p := range pages {
		data.Path = p.path
		var out bytes.Buffer
		if err := parsed.ExecuteTemplate(&out, p.file[strings.LastIndex(p.file, "/")+1:], data); err != nil {
			return err
		}
		s.pages[p.path] = newFile(kinds[".html"], out.Bytes())
	}
	return nil
}
