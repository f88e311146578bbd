package accounts

import (
	"context"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const ipv6Home = 64 // bits: one customer has at least that much to choose addresses from

// mayAsk counts a request for a code to phone from addr. What is refused by
// one limit is not counted by those behind it. The order keeps strangers
// from using up what is not theirs: an address that asks too much reaches no
// number's limits, and a number that was just sent a code none of its block's.
func (s *Service) mayAsk(ctx context.Context, phone Phone, addr netip.Addr) error {
	rules, now := s.Rules(), s.Now()
	who := s.keyOf("phone", phone.e164)
	if err := s.count(ctx, "code:address:"+addressKey(addr), rules.LoginCodesPerAddress, time.Hour); err != nil {
		return err
	}
	if err := s.allow(ctx, "code:interval:"+who, persistence.Rate{Burst: 1, Period: rules.LoginCodeInterval}); err != nil {
		return err
	}
	if err := s.count(ctx, "code:prefix:"+s.keyOf("prefix", phone.prefix()), rules.LoginCodesPerPrefix, time.Hour); err != nil {
		return err
	}
	return s.countDay(ctx, "code:day:"+who, rules, now)
}

// countDay allows the day's limit exactly: the day is in the key, and nothing
// is granted anew before it ends.
func (s *Service) countDay(ctx context.Context, key string, rules *social.Rules, now time.Time) error {
	limit, day := rules.LoginCodesPerDay, 24*time.Hour
	err := s.count(ctx, key+":"+rules.Today(now).String(), limit, day*time.Duration(max(1, limit)))
	if e := social.AsError(err); e != nil && e.Code == social.CodeRateLimited {
		e.RetryAfter = max(rules.ResetsAt(now).Sub(now), time.Second)
	}
	return err
}

// mayTry counts a try to log in from addr.
func (s *Service) mayTry(ctx context.Context, addr netip.Addr) error {
	return s.count(ctx, "login:address:"+addressKey(addr), s.Rules().LoginTriesPerAddress, time.Hour)
}

// count allows limit per period, none for 0.
func (s *Service) count(ctx context.Context, key string, limit social.Limit, period time.Duration) error {
	switch {
	case limit.None():
		return nil
	case limit == 0:
		return limited(period)
	default:
		return s.allow(ctx, key, persistence.Rate{Burst: int(limit), Period: period})
	}
}

func (s *Service) allow(ctx context.Context, key string, rate persistence.Rate) error {
	wait, err := s.Limiter.Allow(ctx, key, rate)
	if err != nil {
		return err
	}
	if wait > 0 {
		return limited(wait)
	}
	return nil
}

func limited(wait time.Duration) error {
	return &social.Error{Code: social.CodeRateLimited, Message: "That was too often. Try again later.", RetryAfter: wait}
}

// keyOf names something of a number without telling the number.
func (s *Service) keyOf(purpose, text string) string {
	return hex.EncodeToString(s.Vault.hashOf(purpose, text))
}

// addressKey gives what counts as one address.
func addressKey(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	if !addr.Is6() {
		return addr.String()
	}
	home, err := addr.Prefix(ipv6Home)
	if err != nil {
		return addr.String()
	}
	return home.String()
}
