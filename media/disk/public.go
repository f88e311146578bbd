package disk

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

// Public serves public objects by their key, the path of the request without
// its first slash (http.StripPrefix takes away where it is mounted): GET and
// HEAD, ranges, an ETag, headers that let everybody cache it for ever and let
// no browser take it for anything but what it is.
func (s *Store) Public() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Store) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.o.Fail(w, r, social.Errorf(social.CodeMethodNotAllowed, "Objects are only read here."))
		return
	}
	key := media.Key(strings.TrimPrefix(r.URL.Path, "/"))
	if key.Check() != nil || key.Private() {
		s.o.Fail(w, r, media.NotFound(""))
		return
	}
	f, err := s.open(key)
	if err != nil {
		s.o.Fail(w, r, err)
		return
	}
	defer func() { _ = f.Close() }() // read, and done with
	info, err := f.Stat()
	if err != nil {
		s.o.Fail(w, r, failed(err))
		return
	}
	mime, err := sniff(f)
	if err != nil {
		s.o.Fail(w, r, failed(err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime)
	h.Set("Cache-Control", media.CacheControl)
	h.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano()))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, "", info.ModTime(), f)
}
