package accounts

import (
	"log/slog"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// defaultRegion is where numbers without a country code belong.
	defaultRegion = "CN"
	// nowhere is the region of satellites and other networks of no country, which
	// are dear to reach.
	nowhere  = "001"
	maxPhone = 32 // characters; the longest number has 15 digits
)

// Phone is a mobile number. It prints masked, so that no log shows it by accident.
type Phone struct{ e164 string }

// ParsePhone reads a number as people write it, with or without country code.
// CodeInvalidRequest for what is no number that takes text messages at the
// normal price: impossible, fixed-line, premium-rate and shared-cost ones.
func ParsePhone(text string) (Phone, error) {
	if !plain(text) {
		return Phone{}, badPhone("phone must be a phone number in the digits 0 to 9, such as +8613800000000.")
	}
	number, err := phonenumbers.Parse(text, defaultRegion)
	if err != nil || !phonenumbers.IsValidNumber(number) || phonenumbers.GetRegionCodeForNumber(number) == nowhere {
		return Phone{}, badPhone("phone must be a phone number that exists, such as +8613800000000.")
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE: // North America does not tell them apart
		return Phone{phonenumbers.Format(number, phonenumbers.E164)}, nil
	default:
		return Phone{}, badPhone("phone must be a mobile number.")
	}
}

// plain refuses what the library would read kindly: letters (1-800-FLOWERS),
// digits of other scripts, extensions.
func plain(text string) bool {
	if text == "" || len(text) > maxPhone {
		return false
	}
	for i := range len(text) {
		if b := text[i]; (b < '0' || b > '9') && !strings.ContainsRune("-(). ", rune(b)) && (b != '+' || i > 0) {
			return false
		}
	}
	return true
}

func badPhone(message string) error {
	return &social.Error{Code: social.CodeInvalidRequest, Message: message, Field: "phone"}
}

// E164 gives the number in full: "+8613800000000".
func (p Phone) E164() string { return p.e164 }

// String gives the masked number.
func (p Phone) String() string { return p.Masked() }

// LogValue gives the masked number.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.Masked()) }

// Masked gives the number as it may be shown to its owner: "+86138****0000".
func (p Phone) Masked() string {
	number, err := phonenumbers.Parse(p.e164, "")
	if err != nil {
		return strings.Repeat("*", len(p.e164))
	}
	code := "+" + strconv.Itoa(int(number.GetCountryCode()))
	national := strings.TrimPrefix(p.e164, code)
	tail := 4
	if len(national) < 10 {
		tail = 2
	}
	tail = min(tail, len(national))
	head := min(3, max(0, len(national)-tail-4))
	return code + national[:head] + strings.Repeat("*", len(national)-head-tail) + national[len(national)-tail:]
}

// prefix is the block of ten thousand numbers that the number belongs to.
func (p Phone) prefix() string { return p.e164[:max(0, len(p.e164)-4)] }

// sealed gives the number as the store takes it, and what it was found by before.
func (v *Vault) sealed(p Phone) (sealed persistence.SealedPhone, former [][]byte) {
	return v.Seal(p.e164), v.Former(p.e164)
}
