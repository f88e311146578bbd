package disk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

// permit is what a ticket's token says, signed.
type permit struct {
	Key     media.Key `json:"key"`
	MaxSize int64     `json:"max_size"`
	Types   []string  `json:"types"`
	EndUser string    `json:"end_user"`
	Expires int64     `json:"expires"` // in seconds since 1970
}

// fieldToken is the field of the form that carries the token.
const fieldToken = "token"

// Ticket implements media.Store.
func (s *Store) Ticket(_ context.Context, r media.TicketRequest) (media.Ticket, error) {
	if err := r.Check(s.o.Now()); err != nil {
		return media.Ticket{}, err
	}
	body, err := json.Marshal(permit{r.Key, r.MaxSize, r.Types, r.EndUser, r.Expires.Unix()})
	if err != nil {
		return media.Ticket{}, media.Permanent(err)
	}
	said := base64.RawURLEncoding.EncodeToString(body)
	return media.Ticket{
		URL: s.o.UploadURL, Expires: r.Expires,
		Fields: map[string]string{fieldToken: said + "." + base64.RawURLEncoding.EncodeToString(s.sign(said))},
	}, nil
}

// permitted gives what a token permits, CodeForbidden for one that permits nothing.
func (s *Store) permitted(token string) (permit, error) {
	refused := social.Errorf(social.CodeForbidden, "This upload is not permitted, or no longer.")
	said, signature, _ := strings.Cut(token, ".")
	mac, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil || !hmac.Equal(mac, s.sign(said)) {
		return permit{}, refused
	}
	body, err := base64.RawURLEncoding.DecodeString(said)
	if err != nil {
		return permit{}, refused
	}
	var p permit
	if err := json.Unmarshal(body, &p); err != nil || !s.o.Now().Before(time.Unix(p.Expires, 0)) {
		return permit{}, refused
	}
	return p, nil
}

// sign is bound to its purpose: the key may sign other things too.
func (s *Store) sign(said string) []byte {
	mac := hmac.New(sha256.New, s.o.TicketKey)
	mac.Write([]byte("swiper media ticket\n"))
	mac.Write([]byte(said))
	return mac.Sum(nil)
}
