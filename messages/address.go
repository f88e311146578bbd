package messages

import (
	"net/mail"
	"strings"

	"github.com/swiperhq/swiper/social"
)

// maxAddress is the longest address that SMTP carries, in bytes.
const maxAddress = 254

// Address is one mailbox, user@host.
type Address struct{ text string }

// String gives the mailbox; it does not belong into logs.
func (a Address) String() string { return a.text }

// ParseAddress reads one bare mailbox: no name beside it, no list, no comment, and
// nothing that a header or a command of SMTP could take for more than an address.
// CodeInvalidRequest, with the field email.
func ParseAddress(text string) (Address, error) {
	local, host, found := strings.Cut(text, "@")
	if !found || local == "" || len(text) > maxAddress || !plain(local, "!#$%&'*+-/=?^_`{|}~.") || !plain(host, "-.") {
		return Address{}, badAddress()
	}
	if !strings.Contains(host, ".") {
		return Address{}, badAddress() // a machine of ours
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return Address{}, badAddress()
		}
	}
	read, err := mail.ParseAddress(text)
	if err != nil || read.Address != text || read.Name != "" {
		return Address{}, badAddress()
	}
	return Address{text}, nil
}

// plain tells whether s has only letters and digits of ASCII and the given signs.
func plain(s, signs string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(signs, rune(c)) {
			return false
		}
	}
	return true
}

func badAddress() error {
	return &social.Error{Code: social.CodeInvalidRequest, Message: "This is no e-mail address such as name@example.com.", Field: "email"}
}
