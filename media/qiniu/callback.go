package qiniu

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/qiniu/go-sdk/v7/auth"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

const (
	formType    = "application/x-www-form-urlencoded"
	maxCallback = 8 << 10 // in bytes
)

// Arrived is what a callback tells: an object has been uploaded. Callbacks come
// more than once and late; Stat tells what is there now.
type Arrived struct {
	Key     media.Key
	EndUser string // as in the TicketRequest
	media.Info
}

// Callback reads a callback and tells whether Qiniu sent it. At most 8 KiB of
// it are read. Errors: CodeUnauthenticated for one that is not signed with our
// keys in the scheme "Qiniu" (its forerunner does not sign every body),
// CodeInvalidRequest for one that is, but makes no sense.
func (s *Store) Callback(r *http.Request) (Arrived, error) {
	refused := social.Errorf(social.CodeUnauthenticated, "This callback is not signed by the store.")
	sent := r.Header.Get("Authorization")
	if s.o.CallbackURL == "" || r.Method != http.MethodPost || !strings.HasPrefix(sent, auth.AuthorizationPrefixQiniu) ||
		r.ContentLength > maxCallback || r.Header.Get("Content-Type") != formType {
		return Arrived{}, refused
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCallback+1))
	if err != nil || len(body) > maxCallback {
		return Arrived{}, refused
	}
	// The signature is over the address that we gave, whatever proxies made of it.
	signed, err := http.NewRequestWithContext(r.Context(), http.MethodPost, s.o.CallbackURL, bytes.NewReader(body))
	if err != nil {
		return Arrived{}, media.Permanent(err)
	}
	for name, values := range r.Header {
		if name == "Content-Type" || strings.HasPrefix(name, "X-Qiniu-") {
			signed.Header[name] = values
		}
	}
	want, err := s.keys.SignRequestV2(signed)
	if err != nil {
		return Arrived{}, media.Permanent(err)
	}
	if subtle.ConstantTimeCompare([]byte(sent), []byte(auth.AuthorizationPrefixQiniu+want)) != 1 {
		return Arrived{}, refused
	}
	a, err := s.read(body)
	if err != nil {
		return Arrived{}, &social.Error{Code: social.CodeInvalidRequest, Message: "This callback makes no sense.", Cause: err}
	}
	return a, nil
}

func (s *Store) read(body []byte) (Arrived, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return Arrived{}, err
	}
	size, err := strconv.ParseInt(values.Get("size"), 10, 64)
	if err != nil {
		return Arrived{}, err
	}
	a := Arrived{
		Key: media.Key(values.Get("key")), EndUser: values.Get("end_user"),
		Info: media.Info{Size: size, Type: bare(values.Get("type")), Hash: values.Get("hash")},
	}
	if !a.Key.Private() || values.Get("bucket") != s.o.PrivateBucket {
		return Arrived{}, errors.New("qiniu: a callback for an object that no ticket permits")
	}
	return a, a.Key.Check()
}
