package accounts

import (
	"crypto/rand"
	"crypto/sha256"
	"strconv"
	"strings"

	"github.com/swiperhq/swiper/social"
)

// randomLength is how many letters and digits of base32 rand.Text gives: 130 bits.
const randomLength = 26

// refreshToken is one of a session's family: good once, for the next one.
type refreshToken struct {
	session    string
	generation int64 // from 1
	secret     string
}

func newRefreshToken(session string, generation int64) refreshToken {
	return refreshToken{session, generation, rand.Text()}
}

// String gives the token as its holder keeps it.
func (r refreshToken) String() string {
	return r.session + "." + strconv.FormatInt(r.generation, 10) + "." + r.secret
}

// hash is what is stored of the secret; 130 random bits need no key.
func (r refreshToken) hash() []byte {
	sum := sha256.Sum256([]byte(r.secret))
	return sum[:]
}

// parseRefreshToken reads a token in the one form in which it was given out.
func parseRefreshToken(text string) (refreshToken, error) {
	parts := strings.SplitN(text, ".", 4)
	if len(parts) != 3 || !isRandom(parts[0]) || !isRandom(parts[2]) {
		return refreshToken{}, badRefresh(nil)
	}
	generation, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || generation < 1 || strconv.FormatInt(generation, 10) != parts[1] {
		return refreshToken{}, badRefresh(err)
	}
	return refreshToken{parts[0], generation, parts[2]}, nil
}

func badRefresh(cause error) error {
	return &social.Error{Code: social.CodeUnauthenticated, Message: "The refresh token is not valid any more. Log in again.", Cause: cause}
}

func isSessionID(text string) bool { return isRandom(text) }

// isRandom tells whether text looks like what rand.Text gives.
func isRandom(text string) bool {
	if len(text) != randomLength {
		return false
	}
	for i := range len(text) {
		if b := text[i]; (b < 'A' || b > 'Z') && (b < '2' || b > '7') {
			return false
		}
	}
	return true
}
