package accounts

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	codeDigits = 6
	codeTries  = 5
	codeLife   = 5 * time.Minute
	codeCount  = 1_000_000
)

// SendCode sends a login code to a phone, as a request from addr, and gives how
// long until another may be asked for. Whether anybody has the number is not
// looked up, so nobody learns it. CodeInvalidRequest for a number that takes no
// codes, CodeRateLimited, CodeUnavailable.
func (s *Service) SendCode(ctx context.Context, phone string, addr netip.Addr) (time.Duration, error) {
	to, err := ParsePhone(phone)
	if err != nil {
		return 0, err
	}
	if err := s.mayAsk(ctx, to, addr); err != nil {
		return 0, err
	}
	code := newCode()
	if err := s.Codes.PutCode(ctx, s.codeKey(to), s.codeHash(to, code), codeTries, codeLife); err != nil {
		return 0, err
	}
	text := fmt.Sprintf("Your Swiper code is %s. It is good for %d minutes. Tell it to nobody.", code, int(codeLife.Minutes()))
	if err := s.Sender.Send(ctx, Message{To: to, Code: code, Text: text, Time: s.Now()}); err != nil {
		return 0, &social.Error{
			Code: social.CodeUnavailable, Message: "The code could not be sent.", RetryAfter: s.Rules().LoginCodeInterval, Cause: err,
		}
	}
	return s.Rules().LoginCodeInterval, nil
}

// tryCode uses up the code of a phone, or a try at it.
func (s *Service) tryCode(ctx context.Context, phone Phone, code string) error {
	verdict, err := s.Codes.TryCode(ctx, s.codeKey(phone), s.codeHash(phone, code))
	if err != nil {
		return err
	}
	return s.judge(verdict)
}

// judge turns a verdict on a code into what the client is told.
func (s *Service) judge(v persistence.CodeVerdict) error {
	switch v {
	case persistence.CodeRight:
		return nil
	case persistence.CodeTooMany:
		return &social.Error{
			Code: social.CodeTooManyAttempts, Message: "Too many wrong codes. Ask for a new one.", RetryAfter: s.Rules().LoginCodeInterval,
		}
	case persistence.CodeWrong:
	}
	return &social.Error{Code: social.CodeCodeInvalid, Message: "The code is wrong or not good any more."}
}

func (s *Service) codeKey(phone Phone) string { return s.keyOf("code of", phone.e164) }

// codeHash is keyed: six digits alone would be found by trying them all.
func (s *Service) codeHash(phone Phone, code string) []byte {
	return s.Vault.hashOf("code", phone.e164, code)
}

// newCode draws six digits, each code as likely as any other.
func newCode() string {
	const fair = (1 << 32) / codeCount * codeCount // draws from here on would favour low codes
	for {
		var b [4]byte
		rand.Read(b[:])
		if n := binary.BigEndian.Uint32(b[:]); uint64(n) < fair {
			return fmt.Sprintf("%0*d", codeDigits, n%codeCount)
		}
	}
}

func checkCode(code string) error {
	ok := len(code) == codeDigits
	for i := range len(code) {
		ok = ok && code[i] >= '0' && code[i] <= '9'
	}
	if !ok {
		return &social.Error{Code: social.CodeInvalidRequest, Message: "code must be 6 digits.", Field: "code"}
	}
	return nil
}
