package media

import (
	"strings"

	"github.com/swiperhq/swiper/social"
)

// Key names an object: one to eight segments of a–z, 0–9, '-', '_' and '.',
// joined by '/', at most 200 bytes; no segment begins with a dot. Keys are made
// by us, never taken from a client.
type Key string

const (
	privatePrefix = "private/"
	maxKey        = 200
	maxSegments   = 8
)

// Staged is the private key of what a client sent in the upload named id and
// nobody has looked at yet.
func Staged(id string) Key { return Key(privatePrefix + "staged/" + id) }

// Working is the private key of what a store works at, or makes, on its way to
// what will be published. Whoever puts it there removes it; what a crash leaves
// may be removed after a day.
func Working(id string) Key { return Key(privatePrefix + "working/" + id) }

// Exported is the private key of what was put together for one user, named by id.
func Exported(id string) Key { return Key(privatePrefix + "exports/" + id) }

// Private tells whether only we may read the object.
func (k Key) Private() bool { return strings.HasPrefix(string(k), privatePrefix) }

// Check gives CodeInternal for a key that is none: whoever made it is at fault.
func (k Key) Check() error {
	if len(k) > maxKey || strings.Count(string(k), "/") >= maxSegments {
		return badKey(k)
	}
	for segment := range strings.SplitSeq(string(k), "/") {
		if segment == "" || segment[0] == '.' {
			return badKey(k)
		}
		for _, c := range []byte(segment) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
				return badKey(k)
			}
		}
	}
	return nil
}

func badKey(k Key) error {
	if len(k) > maxKey {
		k = k[:maxKey]
	}
	return &social.Error{Code: social.CodeInternal, Message: internalMessage, Cause: keyError(k)}
}

type keyError Key

func (k keyError) Error() string { return "media: not a key: " + strings.ToValidUTF8(string(k), "?") }
