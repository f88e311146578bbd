package fakes3

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
)

const maxForm = 64 << 20

// post takes a direct upload if it is as its policy says.
func (s *Server) post(w http.ResponseWriter, r *http.Request, bucket string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
	if err != nil {
		refuse(w, http.StatusBadRequest, "IncompleteBody", "The body broke off.")
		return
	}
	fields, size, err := read(r.Header.Get("Content-Type"), body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "MalformedPOSTRequest", "The form cannot be read.")
		return
	}
	fields["bucket"] = bucket
	if code := s.verify(fields, size); code != "" {
		refuse(w, http.StatusForbidden, code, "Refused by policy.")
		return
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	s.next.ServeHTTP(w, r)
}

// read gives a form's fields, by their names in lower case, and its file's size.
func read(contentType string, body []byte) (fields map[string]string, size int64, err error) {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, 0, err
	}
	form, err := multipart.NewReader(bytes.NewReader(body), parameters["boundary"]).ReadForm(maxForm)
	if err != nil {
		return nil, 0, err
	}
	fields = map[string]string{}
	for name, values := range form.Value {
		fields[strings.ToLower(name)] = values[0]
	}
	if files := form.File["file"]; len(files) == 1 {
		return fields, files[0].Size, nil
	}
	return nil, 0, http.ErrMissingFile
}

// verify gives the error's code, "" for an upload that its policy permits.
func (s *Server) verify(fields map[string]string, size int64) string {
	if !hmac.Equal([]byte(fields["x-amz-signature"]), []byte(s.signature(fields))) {
		return "SignatureDoesNotMatch"
	}
	said, err := base64.StdEncoding.DecodeString(fields["policy"])
	if err != nil {
		return "InvalidPolicyDocument"
	}
	var policy struct {
		Expiration time.Time `json:"expiration"`
		Conditions []any     `json:"conditions"`
	}
	if json.Unmarshal(said, &policy) != nil || !s.o.Now().Before(policy.Expiration) {
		return "AccessDenied"
	}
	named := map[string]bool{"policy": true, "x-amz-signature": true, "file": true}
	for _, c := range policy.Conditions {
		if !holds(c, fields, size, named) {
			return "AccessDenied"
		}
	}
	for name := range fields {
		if !named[name] && !strings.HasPrefix(name, "x-ignore-") {
			return "AccessDenied" // a field that the policy does not mention
		}
	}
	return ""
}

// holds tells whether one condition does: ["eq", "$field", value],
// ["starts-with", "$field", value], ["content-length-range", min, max].
func holds(condition any, fields map[string]string, size int64, named map[string]bool) bool {
	c, ok := condition.([]any)
	if !ok || len(c) != 3 {
		return false
	}
	kind := strings.ToLower(fmt.Sprint(c[0]))
	if kind == "content-length-range" {
		low, okLow := c[1].(float64)
		high, okHigh := c[2].(float64)
		return okLow && okHigh && size >= int64(low) && size <= int64(high)
	}
	name := strings.ToLower(strings.TrimPrefix(fmt.Sprint(c[1]), "$"))
	value := fmt.Sprint(c[2])
	named[name] = true
	switch kind {
	case "eq":
		return fields[name] == value
	case "starts-with":
		return strings.HasPrefix(fields[name], value)
	}
	return false
}

// signature is what the policy's must be, in version 4 of the scheme.
func (s *Server) signature(fields map[string]string) string {
	scope := strings.Split(fields["x-amz-credential"], "/") // key/date/region/service/aws4_request
	if len(scope) != 5 || scope[0] != s.o.AccessKey {
		return "of nobody"
	}
	return s.signed(scope[1:], fields["policy"])
}

// signed signs text for a scope: date, region, service, aws4_request.
func (s *Server) signed(scope []string, text string) string {
	key := []byte("AWS4" + s.o.SecretKey)
	for _, part := range scope {
		key = sum(key, part)
	}
	return hex.EncodeToString(sum(key, text))
}

func sum(key []byte, data string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(data))
	return mac.Sum(nil)
}
