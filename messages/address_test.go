package messages_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/messages"
	"github.com/swiperhq/swiper/social"
)

func TestAddressesAreOneMailbox(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a@b.cn", "Ada.Lovelace+swiper@mail.example.com", "o'neil@example.org", "a_b-c@x-y.example"} {
		a, err := messages.ParseAddress(good)
		require.NoError(t, err, good)
		require.Equal(t, good, a.String())
	}
	for _, bad := range []string{
		"", "@", "a", "a@", "@b.cn", "a@b", "a@localhost", "a@@b.cn", "a@b.cn@c.cn", "a b@c.cn", " a@b.cn", "a@b.cn ", "Ada <a@b.cn>", "<a@b.cn>",
		"a@b.cn,c@d.cn", "a@b.cn;c@d.cn", "a@b.cn\r\nBcc: c@d.cn", "a\n@b.cn", "a@b.cn\x00", `"a b"@c.cn`, "a(c)@b.cn", "a@[127.0.0.1]", "a@-b.cn", "a@b..cn",
		"a@b.cn.", ".a@b.cn", "a..b@c.cn", "ä@b.cn", "a@bücher.example", "a%40b.cn", strings.Repeat("a", 250) + "@b.cn",
	} {
		_, err := messages.ParseAddress(bad)
		require.Equal(t, social.CodeInvalidRequest, social.CodeOf(err), "%q", bad)
	}
}

func FuzzAddressesCarryNothingElse(f *testing.F) {
	f.Add("a@b.cn")
	f.Add("a@b.cn\r\nBcc: c@d.cn")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := messages.ParseAddress(text)
		if err != nil {
			return
		}
		require.Equal(t, text, a.String())
		require.Equal(t, 1, strings.Count(text, "@"))
		require.False(t, strings.ContainsAny(text, "\r\n\x00 <>,;:()[]\"\\"), "%q", text)
	})
}
