package fakeqiniu

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Signature is how a callback is signed.
type Signature int

// The ways to sign a callback; the real server signs with Signed.
const (
	Signed Signature = iota
	Unsigned
	// OtherKey signs with a key that is not ours.
	OtherKey
	// Legacy signs with the scheme QBox.
	Legacy
	// Replayed is signed well, for another body.
	Replayed
)

// CallBack sends a callback as the server does after an upload, signed as told,
// and gives the answer's status.
func (s *Server) CallBack(ctx context.Context, target, body string, how Signature) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", formType)
	r.Header.Set("User-Agent", "qiniu-callback/1.0")
	switch how {
	case Unsigned:
	case OtherKey:
		stranger := &Server{accessKey: s.accessKey, secretKey: "of a stranger"}
		r.Header.Set("Authorization", "Qiniu "+stranger.sign(whole(r, []byte(body))))
	case Legacy:
		r.Header.Set("Authorization", "QBox "+s.sign(legacy(r, []byte(body))))
	case Replayed:
		r.Header.Set("Authorization", "Qiniu "+s.sign(whole(r, []byte("key=other"))))
	default:
		r.Header.Set("Authorization", "Qiniu "+s.sign(whole(r, []byte(body))))
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read, and done with
	answered, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, answered, err
}

// callBack tells the application of an upload and hands its answer to the
// client. The object stays, whatever the application answers.
func (s *Server) callBack(w http.ResponseWriter, r *http.Request, p policy, bucket string, a arrival, o object) {
	if p.CallbackBodyType != "" && p.CallbackBodyType != formType {
		fail(w, http.StatusBadRequest, "this stand-in calls back with forms only")
		return
	}
	values := []string{
		"$(bucket)", bucket, "$(key)", a.key, "$(etag)", o.hash, "$(fsize)", strconv.Itoa(len(a.data)),
		"$(mimeType)", o.mime, "$(endUser)", p.EndUser,
	}
	for name, value := range a.vars {
		if strings.HasPrefix(name, "x:") { // set by whoever uploads
			values = append(values, "$("+name+")", value)
		}
	}
	for i := 1; i < len(values); i += 2 {
		values[i] = url.QueryEscape(values[i])
	}
	status, body, err := s.CallBack(r.Context(), p.CallbackURL, strings.NewReplacer(values...).Replace(p.CallbackBody), Signed)
	if err != nil || status != http.StatusOK || !json.Valid(body) {
		fail(w, 579, "callback failed")
		return
	}
	answer(w, http.StatusOK, json.RawMessage(body))
}
