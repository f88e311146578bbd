package fakes3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const dateForm = "20060102T150405Z"

// link serves a GET whose signature is in its query, if it is ours and not past
// its time.
func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	signature := query.Get("X-Amz-Signature")
	scope := strings.Split(query.Get("X-Amz-Credential"), "/") // key/date/region/service/aws4_request
	made, err := time.Parse(dateForm, query.Get("X-Amz-Date"))
	seconds, nerr := strconv.Atoi(query.Get("X-Amz-Expires"))
	if err != nil || nerr != nil || len(scope) != 5 || scope[0] != s.o.AccessKey {
		refuse(w, http.StatusForbidden, "AuthorizationQueryParametersError", "The query cannot be read.")
		return
	}
	query.Del("X-Amz-Signature")
	canonical := strings.Join([]string{
		r.Method, r.URL.EscapedPath(), strings.ReplaceAll(query.Encode(), "+", "%20"), "host:" + r.Host, "", "host", "UNSIGNED-PAYLOAD",
	}, "\n")
	digest := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", query.Get("X-Amz-Date"), strings.Join(scope[1:], "/"), hex.EncodeToString(digest[:])}, "\n")
	switch {
	case !hmac.Equal([]byte(signature), []byte(s.signed(scope[1:], text))):
		refuse(w, http.StatusForbidden, "SignatureDoesNotMatch", "The signature is another.")
	case !s.o.Now().Before(made.Add(time.Duration(seconds) * time.Second)):
		refuse(w, http.StatusForbidden, "AccessDenied", "Request has expired")
	default:
		if as := query.Get("response-content-disposition"); as != "" {
			w.Header().Set("Content-Disposition", as)
		}
		s.next.ServeHTTP(w, r)
	}
}
