package accounts_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/social"
)

func TestCodesAreDrawnEvenly(t *testing.T) {
	t.Parallel()
	const draws = 100_000
	var first, last [10]int
	seen := map[string]bool{}
	for range draws {
		code := accounts.NewCode()
		require.Regexp(t, "^[0-9]{6}$", code)
		first[code[0]-'0']++
		last[code[5]-'0']++
		seen[code] = true
	}
	for digit := range 10 {
		require.InDelta(t, draws/10, first[digit], draws/100)
		require.InDelta(t, draws/10, last[digit], draws/100)
	}
	require.Greater(t, len(seen), draws*9/10)
}

func TestACodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.code(t, adasPhone)
	_, err := b.Login(t.Context(), "138 0000 0000", code, home)
	require.NoError(t, err, "however the number is written")
	_, err = b.Login(t.Context(), adasPhone, code, home)
	requireCode(t, social.CodeCodeInvalid, err)
}

func TestCodesExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.code(t, adasPhone)
	b.clock.advance(accounts.CodeLife)
	_, err := b.Login(t.Context(), adasPhone, code, home)
	requireCode(t, social.CodeCodeInvalid, err)
}

func TestCodeOfAnotherPhone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.code(t, adasPhone)
	_, err := b.Login(t.Context(), bobsPhone, code, home)
	requireCode(t, social.CodeCodeInvalid, err)
	b.code(t, bobsPhone)
	if b.outbox.all()[1].Code != code {
		_, err = b.Login(t.Context(), bobsPhone, code, home)
		requireCode(t, social.CodeCodeInvalid, err)
	}
	_, err = b.Login(t.Context(), adasPhone, code, home)
	require.NoError(t, err, "tries of another number's code cost it nothing")
}

func TestANewCodeReplacesTheOld(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.code(t, adasPhone)
	b.clock.advance(time.Minute)
	code := b.code(t, adasPhone)
	if old != code {
		_, err := b.Login(t.Context(), adasPhone, old, home)
		requireCode(t, social.CodeCodeInvalid, err)
	}
	_, err := b.Login(t.Context(), adasPhone, code, home)
	require.NoError(t, err)
}

func TestTheSixthWrongTryBurnsTheCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.code(t, adasPhone)
	for range 5 {
		_, err := b.Login(t.Context(), adasPhone, other(code), home)
		requireCode(t, social.CodeCodeInvalid, err)
	}
	_, err := b.Login(t.Context(), adasPhone, other(code), home)
	requireCode(t, social.CodeTooManyAttempts, err)
	require.Equal(t, time.Minute, social.AsError(err).RetryAfter)
	_, err = b.Login(t.Context(), adasPhone, code, home)
	requireCode(t, social.CodeTooManyAttempts, err) // the right one comes too late
	require.Empty(t, b.store.people)
}

func TestParallelGuesses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.code(t, adasPhone)
	var wg sync.WaitGroup
	var wrong, tooMany atomic.Int32
	for range 50 {
		wg.Go(func() {
			_, err := b.Login(t.Context(), adasPhone, other(code), home)
			switch social.CodeOf(err) {
			case social.CodeCodeInvalid:
				wrong.Add(1)
			case social.CodeTooManyAttempts:
				tooMany.Add(1)
			default:
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 5, wrong.Load())
	require.EqualValues(t, 45, tooMany.Load())
	require.Equal(t, 5, b.codes.compared)
}

func TestParallelSendsMakeOneMessage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	var sent atomic.Int32
	for range 50 {
		wg.Go(func() {
			_, err := b.SendCode(t.Context(), adasPhone, home)
			if err == nil {
				sent.Add(1)
			} else if social.CodeOf(err) != social.CodeRateLimited {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, sent.Load())
	require.Len(t, b.outbox.all(), 1)
}

func TestCodesToOnePhone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 5 {
		b.code(t, adasPhone)
		b.clock.advance(59 * time.Second)
		_, err := b.SendCode(t.Context(), adasPhone, home)
		requireCode(t, social.CodeRateLimited, err)
		require.Equal(t, time.Second, social.AsError(err).RetryAfter)
		b.clock.advance(time.Second)
	}
	_, err := b.SendCode(t.Context(), adasPhone, home)
	requireCode(t, social.CodeRateLimited, err)
	require.Equal(t, 12*time.Hour-5*time.Minute, social.AsError(err).RetryAfter, "until the day is over")
	b.code(t, bobsPhone)
	for b.clock.Now().Before(noon.Add(11 * time.Hour)) {
		b.clock.advance(time.Hour)
		_, err = b.SendCode(t.Context(), adasPhone, home)
		requireCode(t, social.CodeRateLimited, err)
	}
	b.clock.advance(time.Hour)
	b.code(t, adasPhone)
	require.Len(t, b.outbox.all(), 7)
}

func TestCodesFromOneAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.rules.LoginCodesPerAddress = 3
	for i := range 3 {
		b.code(t, fmt.Sprintf("+861380000000%d", i))
	}
	_, err := b.SendCode(t.Context(), bobsPhone, home)
	requireCode(t, social.CodeRateLimited, err)
	require.Equal(t, 20*time.Minute, social.AsError(err).RetryAfter)
	for _, key := range b.limits.keys() {
		require.NotContains(t, key, "1390000", "numbers are not shown")
	}
	_, err = b.SendCode(t.Context(), bobsPhone, netip.MustParseAddr("203.0.113.8"))
	require.NoError(t, err, "a refused address has not touched the number's own limits")
}

func TestAddressesThatCountAsOne(t *testing.T) {
	t.Parallel()
	for a, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7",
		"2001:db8:1:2::1": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::9": "2001:db8:1:2::/64", "2001:db8:1:3::1": "2001:db8:1:3::/64",
		"fe80::1%eth0": "fe80::/64",
	} {
		require.Equal(t, want, accounts.AddressKey(netip.MustParseAddr(a)), a)
	}
	require.NotEmpty(t, accounts.AddressKey(netip.Addr{}))
}

func TestCodesToOneBlockOfNumbers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.rules.LoginCodesPerPrefix = 2
	b.code(t, "+8613800000001")
	b.code(t, "+8613800009999")
	_, err := b.SendCode(t.Context(), adasPhone, home)
	requireCode(t, social.CodeRateLimited, err)
	b.code(t, "+8613800010000")
}

func TestLimitsOfNoneAndNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.rules.LoginCodesPerDay, b.rules.LoginCodesPerAddress, b.rules.LoginCodesPerPrefix = social.NoLimit, social.NoLimit, social.NoLimit
	b.rules.LoginTriesPerAddress = social.NoLimit
	for range 20 {
		b.code(t, adasPhone)
		b.clock.advance(time.Minute)
	}
	b.rules.LoginCodesPerDay = 0
	_, err := b.SendCode(t.Context(), adasPhone, home)
	requireCode(t, social.CodeRateLimited, err)
	b.rules.LoginTriesPerAddress = 0
	_, err = b.Login(t.Context(), adasPhone, "123456", home)
	requireCode(t, social.CodeRateLimited, err)
}

// Nothing that can be observed tells whether a number has an account.
func TestKnownAndUnknownNumbersLookAlike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(t, adasPhone)
	b.clock.advance(time.Hour)
	b.store.err = away()
	for _, phone := range []string{adasPhone, bobsPhone} {
		b.code(t, phone) // without asking the store
		_, err := b.Login(t.Context(), phone, "12345", home)
		requireCode(t, social.CodeInvalidRequest, err)
	}
	codes := b.outbox.all()
	_, known := b.Login(t.Context(), adasPhone, other(codes[1].Code), home)
	_, unknown := b.Login(t.Context(), bobsPhone, other(codes[2].Code), home)
	require.Equal(t, known, unknown)
}

func TestRefusedNumbersCostNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, phone := range []string{"+19002345678", "１３８００００００００", "", "+8613800"} {
		_, err := b.SendCode(t.Context(), phone, home)
		requireCode(t, social.CodeInvalidRequest, err)
		_, err = b.Login(t.Context(), phone, "123456", home)
		requireCode(t, social.CodeInvalidRequest, err)
	}
	for _, code := range []string{"", "12345", "1234567", "12345x", "１２３４５６", "+12345", " 12345", "-12345"} {
		_, err := b.Login(t.Context(), adasPhone, code, home)
		requireCode(t, social.CodeInvalidRequest, err)
	}
	require.Empty(t, b.outbox.all())
	require.Empty(t, b.limits.keys())
}

func TestWhatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	code := b.code(t, bobsPhone)
	b.limits.err = away()
	_, err := b.SendCode(t.Context(), bobsPhone, home)
	requireCode(t, social.CodeUnavailable, err)
	_, err = b.Login(t.Context(), bobsPhone, code, home)
	requireCode(t, social.CodeUnavailable, err)
	b.limits.err, b.codes.err = nil, away()
	b.clock.advance(time.Minute)
	_, err = b.SendCode(t.Context(), bobsPhone, home)
	requireCode(t, social.CodeUnavailable, err)
	_, err = b.Login(t.Context(), bobsPhone, code, home)
	requireCode(t, social.CodeUnavailable, err)
	_, err = b.Verify(t.Context(), g.AccessToken)
	require.NoError(t, err, "who is in stays in")
	require.Len(t, b.outbox.all(), 2)

	b.codes.err, b.outbox.err = nil, errors.New("carrier: "+bobsPhone)
	b.clock.advance(time.Minute)
	_, err = b.SendCode(t.Context(), bobsPhone, home)
	requireCode(t, social.CodeUnavailable, err)
	require.NotContains(t, social.AsError(err).Message, "carrier")
}

func TestConsole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := setup(t)
	b.opts.Sender = accounts.NewConsole(&out)
	s := b.node(t)
	_, err := s.SendCode(t.Context(), adasPhone, home)
	require.NoError(t, err)
	require.Regexp(t, `^sms to=\+8613800000000 code=[0-9]{6}\n$`, out.String())
}

func TestInbox(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inbox := accounts.NewInbox(b.outbox)
	b.opts.Sender = inbox
	b.Service = b.node(t)
	codes := []string{b.code(t, adasPhone)}
	b.clock.advance(time.Minute)
	codes = append(codes, b.code(t, adasPhone))
	b.code(t, bobsPhone)

	messages, err := inbox.Messages("138 0000 0000")
	require.NoError(t, err)
	require.Len(t, messages, 2)
	require.Equal(t, codes[1], messages[0].Code, "latest first")
	require.Equal(t, noon.Add(time.Minute), messages[0].Time)
	require.Contains(t, messages[0].Text, codes[1])
	none, err := inbox.Messages("+8613700000000")
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = inbox.Messages("secret")
	requireCode(t, social.CodeInvalidRequest, err)

	for i := range accounts.InboxSize - 1 {
		m := messages[0]
		m.Code = strconv.Itoa(i)
		require.NoError(t, inbox.Send(t.Context(), m))
	}
	messages, err = inbox.Messages(adasPhone)
	require.NoError(t, err)
	require.Len(t, messages, accounts.InboxSize-1, "it is bounded, and the oldest go first")
	b.outbox.err = errors.New("full")
	require.Error(t, inbox.Send(t.Context(), messages[0]))
}

// A log shows neither numbers nor codes nor tokens, whatever goes wrong.
func TestLogsTellNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	b.radio.set(true, 0)
	require.NoError(t, b.Logout(t.Context(), g.AccessToken))
	b.Beat(t.Context())
	_, err := b.Refresh(t.Context(), g.RefreshToken)
	require.Error(t, err)
	logged := b.log.String() + err.Error()
	require.Contains(t, logged, "ended sessions cannot be told")
	secrets := append(strings.Split(g.RefreshToken, "."), g.AccessToken, "13800000000", b.outbox.all()[0].Code)
	for _, secret := range secrets {
		if len(secret) > 1 {
			require.NotContains(t, logged, secret)
		}
	}
}
