package fakeqiniu

import (
	"crypto/sha1" //nolint:gosec // Qiniu's hashes are made of SHA-1
	"encoding/base64"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"
)

type object struct {
	data []byte
	mime string
	hash string
	put  time.Time
}

// arrival is an upload that is complete.
type arrival struct {
	key, mime string
	data      []byte
	vars      map[string]string
}

// Hash is Qiniu's hash of an object: SHA-1 of each block of 4 MiB, and of those
// where there are several.
func Hash(data []byte) string {
	const block = 4 << 20
	if len(data) <= block {
		sum := sha1.Sum(data) //nolint:gosec // as above
		return base64.URLEncoding.EncodeToString(append([]byte{0x16}, sum[:]...))
	}
	all := sha1.New() //nolint:gosec // as above
	for at := 0; at < len(data); at += block {
		sum := sha1.Sum(data[at:min(at+block, len(data))]) //nolint:gosec // as above
		all.Write(sum[:])
	}
	return base64.URLEncoding.EncodeToString(all.Sum([]byte{0x96}))
}

// arrive checks an upload against its token, keeps it, and answers.
func (s *Server) arrive(w http.ResponseWriter, r *http.Request, p policy, a arrival) {
	bucket, prefix, keyed := strings.Cut(p.Scope, ":")
	size := int64(len(a.data))
	if p.DetectMime == 1 || a.mime == "" || a.mime == "application/octet-stream" {
		a.mime, _, _ = strings.Cut(mimetype.Detect(a.data).String(), ";")
	}
	switch {
	case keyed && p.IsPrefixalScope == 0 && a.key != prefix, p.IsPrefixalScope == 1 && !strings.HasPrefix(a.key, prefix), a.key == "":
		fail(w, http.StatusForbidden, "key doesn't match with scope")
		return
	case p.FsizeLimit > 0 && size > p.FsizeLimit:
		fail(w, http.StatusRequestEntityTooLarge, "request entity is larger than fsizeLimit")
		return
	case size < p.FsizeMin:
		fail(w, http.StatusForbidden, "request entity is smaller than fsizeMin")
		return
	case p.MimeLimit != "" && !accepted(p.MimeLimit, a.mime):
		fail(w, http.StatusForbidden, "limited mimeType: this file type ("+a.mime+") is forbidden to upload")
		return
	}
	o := object{a.data, a.mime, Hash(a.data), s.now()}
	s.mu.Lock()
	old, taken := s.objects[bucket+":"+a.key]
	taken = taken && (p.InsertOnly != 0 || !keyed) && old.hash != o.hash
	if !taken {
		s.objects[bucket+":"+a.key] = o
	}
	s.mu.Unlock()
	if taken {
		fail(w, 614, "file exists")
		return
	}
	if p.CallbackURL != "" {
		s.callBack(w, r, p, bucket, a, o)
		return
	}
	answer(w, http.StatusOK, map[string]string{"hash": o.hash, "key": a.key})
}

// accepted matches a type against a mimeLimit: "image/*;video/mp4", or what is
// not to be with "!" before it.
func accepted(limit, kind string) bool {
	patterns, inverted := strings.CutPrefix(limit, "!")
	found := false
	for pattern := range strings.SplitSeq(patterns, ";") {
		if ok, err := path.Match(pattern, kind); err == nil && ok {
			found = true
		}
	}
	return found != inverted
}

// entry finds the object a path like /stat/ENTRY names.
func (s *Server) entry(r *http.Request) (id string, o object, ok bool) {
	_, encoded, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	raw, err := base64.URLEncoding.DecodeString(encoded)
	if err != nil {
		return "", object{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok = s.objects[string(raw)]
	return string(raw), o, ok
}

func (s *Server) stat(w http.ResponseWriter, r *http.Request) {
	_, o, ok := s.entry(r)
	if !ok {
		fail(w, 612, "no such file or directory")
		return
	}
	answer(w, http.StatusOK, map[string]any{"fsize": len(o.data), "hash": o.hash, "mimeType": o.mime, "putTime": o.put.UnixNano() / 100, "type": 0})
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request) {
	id, _, ok := s.entry(r)
	if !ok {
		fail(w, 612, "no such file or directory")
		return
	}
	s.mu.Lock()
	delete(s.objects, id)
	s.mu.Unlock()
	answer(w, http.StatusOK, struct{}{})
}

// download serves /io/BUCKET/KEY; of a private bucket only where the URL, up to
// its token, is signed and not past its time.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/io/"), "/")
	if s.private[bucket] && !s.mayRead(r) {
		fail(w, http.StatusUnauthorized, "download token not specified, or bad")
		return
	}
	s.mu.Lock()
	o, ok := s.objects[bucket+":"+key]
	s.mu.Unlock()
	if !ok {
		fail(w, http.StatusNotFound, "Document not found")
		return
	}
	w.Header().Set("Content-Type", o.mime)
	w.Header().Set("ETag", strconv.Quote(o.hash))
	w.Header().Set("X-Reqid", "fake")
	if name := r.URL.Query().Get("attname"); name != "" {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	_, _ = w.Write(o.data) // whoever asked may be gone
}

func (s *Server) mayRead(r *http.Request) bool {
	until, err := strconv.ParseInt(r.URL.Query().Get("e"), 10, 64)
	query, token, found := strings.Cut(r.URL.RawQuery, "&token=")
	return err == nil && found && until >= s.now().Unix() && s.isSigned("http://"+r.Host+r.URL.EscapedPath()+"?"+query, token)
}
