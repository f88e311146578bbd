package accounts_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/social"
)

func TestPhonesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"+8613800000000":      {"+8613800000000", "+86138****0000"},
		"13800000000":         {"+8613800000000", "+86138****0000"},
		"138 0000 0000":       {"+8613800000000", "+86138****0000"},
		"(138) 0000-0000":     {"+8613800000000", "+86138****0000"},
		"8613800000000":       {"+8613800000000", "+86138****0000"},
		"008613800000000":     {"+8613800000000", "+86138****0000"},
		"+86 138-0000.0000":   {"+8613800000000", "+86138****0000"},
		"+1 212-555-2368":     {"+12125552368", "+121****2368"},
		"+44 7400 123456":     {"+447400123456", "+4474****3456"},
		"+852 5123 4567":      {"+85251234567", "+85251****67"},
		"+49 1512 3456789":    {"+4915123456789", "+49151****6789"},
		"+39 312 345 6789":    {"+393123456789", "+3931****6789"},
		"+65 8123 4567":       {"+6581234567", "+6581****67"},
		"+86 (0) 13800000000": {"+8613800000000", "+86138****0000"},
	} {
		phone, err := accounts.ParsePhone(text)
		require.NoError(t, err, text)
		require.Equal(t, want[0], phone.E164(), text)
		require.Equal(t, want[1], phone.Masked(), text)
	}
}

func TestPhonesThatTakeNoCodes(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing": "", "blank": "   ", "a plus": "+", "letters": "secret", "vanity": "+1 800 FLOWERS", "NUL": "1380000\x000000",
		"full-width digits": "１３８００００００００", "full-width plus": "＋8613800000000", "Arabic digits": "+٨٦١٣٨٠٠٠٠٠٠٠٠",
		"Devanagari digits": "+८६१३८००००००००", "one digit of another script": "+861380000000٠", "mathematical digits": "+8613800000𝟎𝟎𝟎",
		"zero width": "+86138\u200b00000000", "newline": "+8613800000000\n", "extension": "+8613800000000 ext 5", "pause": "+8613800000000,5",
		"two numbers": "+8613800000000+8613900000000", "plus inside": "86+13800000000", "URI": "tel:+8613800000000", "context": "138;phone-context=+86",
		"short": "+86138", "long": "+86138000000001", "very long": strings.Repeat("1", 10_000), "country 999": "+99913800000000",
		"fixed line": "+862161234567", "emergency": "110", "service": "10086", "free of charge": "+864001234567", "US premium": "+19002345678",
		"UK premium": "+449012345678", "UK shared cost": "+448431234567", "UK fixed line": "+442079460000", "US toll-free": "+18002345678",
		"French premium": "+33899123456", "voice over IP": "+445612345678", "satellite": "+881612345678", "universal": "+80012345678",
		"no such area": "+11112345678", "HTML": "<script>", "SQL": "1' OR '1'='1",
	} {
		_, err := accounts.ParsePhone(text)
		require.Error(t, err, "%s: %q", name, text)
		e := social.AsError(err)
		require.Equal(t, social.CodeInvalidRequest, e.Code, name)
		require.Equal(t, "phone", e.Field)
	}
}

func TestPhonesPrintMasked(t *testing.T) {
	t.Parallel()
	phone, err := accounts.ParsePhone(adasPhone)
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", slog.Any("phone", phone), slog.Any("pointer", &phone))
	for _, printed := range []string{log.String(), fmt.Sprint(phone), fmt.Sprintf("%v %s %+v", phone, phone, &phone)} {
		require.NotContains(t, printed, "13800000000")
		require.Contains(t, printed, "+86138****0000")
	}
}

// Whatever is not refused is a full number, and reads as itself.
func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{adasPhone, "138 0000 0000", "+1 900 234 5678", "１３８", "+86(", "++86", "0000000000000000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		phone, err := accounts.ParsePhone(text)
		if err != nil {
			require.Equal(t, social.CodeInvalidRequest, social.CodeOf(err))
			return
		}
		require.Regexp(t, `^\+[1-9][0-9]{6,14}$`, phone.E164())
		require.NotEqual(t, phone.E164(), phone.Masked())
		again, err := accounts.ParsePhone(phone.E164())
		require.NoError(t, err)
		require.Equal(t, phone, again)
	})
}
