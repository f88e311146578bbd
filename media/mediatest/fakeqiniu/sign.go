package fakeqiniu

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Qiniu signs with HMAC-SHA1
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// sign gives ACCESSKEY:SIGNATURE.
func (s *Server) sign(data string) string {
	mac := hmac.New(sha1.New, []byte(s.secretKey))
	mac.Write([]byte(data))
	return s.accessKey + ":" + base64.URLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Server) isSigned(data, token string) bool {
	return hmac.Equal([]byte(s.sign(data)), []byte(token))
}

// whole is what the scheme "Qiniu" signs.
func whole(r *http.Request, body []byte) string {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.URL.RequestURI() + "\nHost: " + r.Host)
	kind := r.Header.Get("Content-Type")
	if kind != "" {
		b.WriteString("\nContent-Type: " + kind)
	}
	var names []string
	for name := range r.Header {
		if len(name) > len("X-Qiniu-") && strings.HasPrefix(name, "X-Qiniu-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString("\n" + name + ": " + r.Header.Get(name))
	}
	b.WriteString("\n\n")
	if kind != "" && kind != "application/octet-stream" {
		b.Write(body)
	}
	return b.String()
}

// legacy is what the scheme "QBox" signs: JSON is not part of it.
func legacy(r *http.Request, body []byte) string {
	data := r.URL.RequestURI() + "\n"
	if r.Header.Get("Content-Type") == formType {
		data += string(body)
	}
	return data
}

// signed lets only requests signed with our keys pass.
func (s *Server) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			fail(w, http.StatusBadRequest, "cannot read the body")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		switch {
		case scheme == "Qiniu" && s.isSigned(whole(r, body), token), scheme == "QBox" && s.isSigned(legacy(r, body), token):
			next(w, r)
		default:
			fail(w, http.StatusUnauthorized, "bad token")
		}
	}
}

// policy is what an upload token permits.
type policy struct {
	Scope            string `json:"scope"`
	Deadline         int64  `json:"deadline"`
	IsPrefixalScope  int    `json:"isPrefixalScope"`
	InsertOnly       int    `json:"insertOnly"`
	EndUser          string `json:"endUser"`
	FsizeMin         int64  `json:"fsizeMin"`
	FsizeLimit       int64  `json:"fsizeLimit"`
	DetectMime       int    `json:"detectMime"`
	MimeLimit        string `json:"mimeLimit"`
	ReturnBody       string `json:"returnBody"`
	CallbackURL      string `json:"callbackUrl"`
	CallbackBody     string `json:"callbackBody"`
	CallbackBodyType string `json:"callbackBodyType"`
}

// permitted reads an upload token, ACCESSKEY:SIGNATURE:POLICY.
func (s *Server) permitted(token string) (policy, string) {
	var p policy
	at := strings.LastIndex(token, ":")
	if at < 0 || !s.isSigned(token[at+1:], token[:at]) {
		return p, "bad token"
	}
	said, err := base64.URLEncoding.DecodeString(token[at+1:])
	if err != nil || json.Unmarshal(said, &p) != nil || p.Scope == "" {
		return p, "bad token: its policy cannot be read"
	}
	if p.Deadline < s.now().Unix() {
		return p, "expired token"
	}
	return p, ""
}
