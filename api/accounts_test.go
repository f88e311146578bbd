package api_test

import (
	"context"
	"net/netip"
	"time"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// door is the Accounts of the fakes: one phone, one code, and tokens without sessions.
type door struct {
	*fake
	tokens *accounts.Tokens
}

const (
	adasPhone  = "+8613800000000"
	rightCode  = "123456"
	refreshing = "AAAAAAAAAAAAAAAAAAAAAAAAAA.1.BBBBBBBBBBBBBBBBBBBBBBBBBB"
)

// asked notes who asked for a code.
type asked struct {
	phone string
	addr  netip.Addr
}

func (d door) SendCode(ctx context.Context, phone string, addr netip.Addr) (time.Duration, error) {
	if err := d.enter(ctx); err != nil {
		return 0, err
	}
	if _, err := accounts.ParsePhone(phone); err != nil {
		return 0, err
	}
	d.changed(asked{phone, addr})
	return 59500 * time.Millisecond, nil
}

func (d door) Login(ctx context.Context, phone, code string, addr netip.Addr) (accounts.Grant, error) {
	if err := d.enter(ctx); err != nil {
		return accounts.Grant{}, err
	}
	if phone != adasPhone || code != rightCode || !addr.IsValid() {
		return accounts.Grant{}, social.Errorf(social.CodeCodeInvalid, "The code is wrong.")
	}
	return accounts.Grant{UID: ada, NewUser: true, AccessToken: "access", ExpiresIn: 15 * time.Minute, RefreshToken: "refresh"}, nil
}

func (d door) Refresh(ctx context.Context, token string) (accounts.Grant, error) {
	if err := d.enter(ctx); err != nil {
		return accounts.Grant{}, err
	}
	if token != refreshing {
		return accounts.Grant{}, social.Errorf(social.CodeUnauthenticated, "Log in again.")
	}
	return accounts.Grant{UID: ada, AccessToken: "access", ExpiresIn: 15 * time.Minute, RefreshToken: "refresh"}, nil
}

func (d door) Logout(ctx context.Context, token string) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	pass, err := d.tokens.Verify(token)
	if err == nil {
		d.changed(pass.UID)
	}
	return err
}

func (d door) Verify(_ context.Context, token string) (social.UserID, error) {
	pass, err := d.tokens.Verify(token)
	return pass.UID, err
}

func (d door) Depart(ctx context.Context, uid social.UserID, email string) (persistence.TaskID, error) {
	if _, err := d.User(ctx, uid); err != nil {
		return "", err
	}
	if email != "" && email != adasAddress {
		return "", &social.Error{Code: social.CodeInvalidRequest, Message: "This is no address.", Field: "email"}
	}
	d.changed(departed(uid))
	return "CCCCCCCCCCCCCCCCCCCCCCCCCC", nil
}

// departed notes whose account was deleted.
type departed social.UserID

func (d door) MaskedPhone(ctx context.Context, uid social.UserID) (string, error) {
	if err := d.enter(ctx); err != nil || uid != ada {
		return "", err
	}
	return "+86138****0000", nil
}

// inbox has one message.
type inbox struct{}

func (inbox) Messages(phone string) ([]accounts.Message, error) {
	to, err := accounts.ParsePhone(phone)
	if err != nil || phone != adasPhone {
		return nil, err
	}
	return []accounts.Message{{To: to, Code: rightCode, Text: "Your code is " + rightCode, Time: noon}}, nil
}
