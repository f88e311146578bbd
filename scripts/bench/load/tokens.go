package load

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/scripts/bench/world"
)

// Tokens is a file with an access token for each of a sequence's people, in
// their order, in records of Width bytes, filled up with spaces.
type Tokens struct {
	Path  string
	Width int
}

// tokenLife is longer than any comparison.
const tokenLife = 7 * 24 * time.Hour

// WriteTokens makes the file; key is what the servers verify tokens with.
func WriteTokens(path string, s world.Sequence, key []byte) (t Tokens, err error) {
	t.Path = path
	mint := accounts.NewTokens(key, time.Now)
	longest, err := mint.Mint(s.User(s.Active-1), tokenLife)
	if err != nil {
		return t, err
	}
	t.Width = len(longest)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // a path of our own making
	if err != nil {
		return t, err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	for i := range s.Active {
		token, err := mint.Mint(s.User(i), tokenLife)
		if err != nil {
			return t, err
		}
		fill := t.Width - len(token)
		if fill < 0 {
			return t, fmt.Errorf("the token of user %d is longer than the last one's", s.User(i))
		}
		_, _ = out.WriteString(token + strings.Repeat(" ", fill)) // Flush tells of an error
	}
	if err := out.Flush(); err != nil {
		return t, err
	}
	return t, f.Close()
}
