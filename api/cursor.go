package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// A cursor is a place in a list: two numbers and a MAC over them, the list and
// its owner, so that nobody can make one up or use another's.
const (
	placeBytes = 16
	macBytes   = 16 // of SHA-256; 128 bits cannot be guessed
)

// place is what orders a list: its first and second sort key.
type place [2]int64

type cursors struct{ key []byte }

// encode gives the cursor for a place in uid's list.
func (c cursors) encode(list string, uid social.UserID, p place) string {
	b := make([]byte, 0, placeBytes+macBytes)
	b = binary.BigEndian.AppendUint64(b, uint64(p[0])) //nolint:gosec // bits, not a number
	b = binary.BigEndian.AppendUint64(b, uint64(p[1])) //nolint:gosec // bits, not a number
	return base64.RawURLEncoding.EncodeToString(append(b, c.mac(list, uid, b)...))
}

// decode reads a cursor that encode made for the same list and user; anything
// else is refused as unreadable. (base64 passes over line breaks: they are not ours.)
func (c cursors) decode(list string, uid social.UserID, s string) (place, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") || len(b) != placeBytes+macBytes || !hmac.Equal(b[placeBytes:], c.mac(list, uid, b[:placeBytes])) {
		return place{}, problem.Unreadable("The cursor is not one that this list gave you.")
	}
	return place{
		int64(binary.BigEndian.Uint64(b)),     //nolint:gosec // bits, not a number
		int64(binary.BigEndian.Uint64(b[8:])), //nolint:gosec // bits, not a number
	}, nil
}

func (c cursors) mac(list string, uid social.UserID, b []byte) []byte {
	h := hmac.New(sha256.New, c.key)
	h.Write(b)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(uid))) //nolint:gosec // ids are positive
	h.Write([]byte(list))
	return h.Sum(nil)[:macBytes]
}
