package accounts

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// accessLife is how long an access token is good.
	accessLife = 15 * time.Minute
	// sessionLife is how long a session stands that is not refreshed.
	sessionLife = 60 * 24 * time.Hour
	// departures are how often a login that was overtaken by the account's deletion
	// tries again.
	departures = 3
)

// Grant is what a client gets to act for a user.
type Grant struct {
	UID          social.UserID
	NewUser      bool // this login made the account
	AccessToken  string
	ExpiresIn    time.Duration // of the access token
	RefreshToken string        // good once
}

// Login opens a session for whoever holds the phone, as the code shows, and
// makes the account if there is none, or restores the one that was deleted and
// is not erased yet. CodeInvalidRequest for malformed input,
// CodeCodeInvalid for a wrong, used, expired or another phone's code,
// CodeTooManyAttempts when the code is burnt, CodeRateLimited, CodeUnavailable.
func (s *Service) Login(ctx context.Context, phone, code string, addr netip.Addr) (Grant, error) {
	who, err := ParsePhone(phone)
	if err != nil {
		return Grant{}, err
	}
	if err := checkCode(code); err != nil {
		return Grant{}, err
	}
	if err := s.mayTry(ctx, addr); err != nil {
		return Grant{}, err
	}
	if err := s.tryCode(ctx, who, code); err != nil {
		return Grant{}, err
	}
	grant, err := s.open(ctx, who)
	for range departures {
		if !errors.Is(err, &social.Error{Code: social.CodeUserNotFound}) {
			break
		}
		grant, err = s.open(ctx, who)
	}
	return grant, err
}

// open opens a session of the phone's user. CodeUserNotFound if the user was
// deleted in between.
func (s *Service) open(ctx context.Context, who Phone) (Grant, error) {
	now := s.Now()
	sealed, former := s.Vault.sealed(who)
	uid, created, err := s.Store.SignIn(ctx, sealed, former, now)
	if err != nil {
		return Grant{}, err
	}
	refresh := newRefreshToken(rand.Text(), 1)
	ended, err := s.Store.CreateSession(ctx, persistence.Session{
		ID: refresh.session, UID: uid, Generation: refresh.generation, Secret: refresh.hash(),
		CreatedAt: now, UsedAt: now, ExpiresAt: now.Add(sessionLife),
	})
	if err != nil {
		return Grant{}, err
	}
	s.ended(ended...)
	return s.grant(uid, created, refresh)
}

// Refresh gives a new pair of tokens for a refresh token, which is used up. A
// token that was used before ends its session: one of its two holders is a
// thief. CodeUnauthenticated.
func (s *Service) Refresh(ctx context.Context, token string) (Grant, error) {
	old, err := parseRefreshToken(token)
	if err != nil {
		return Grant{}, err
	}
	now := s.Now()
	next := newRefreshToken(old.session, old.generation+1)
	session, err := s.Store.RotateSession(ctx, old.session, old.generation, old.hash(), next.hash(), now, now.Add(sessionLife))
	if errors.Is(err, &social.Error{Code: social.CodeUnauthenticated}) {
		s.tellIfRevoked(ctx, old.session)
		return Grant{}, badRefresh(err)
	}
	if err != nil {
		return Grant{}, err
	}
	return s.grant(session.UID, false, next)
}

// tellIfRevoked makes every node look at a session again whose refresh token
// was refused, if that has ended it.
func (s *Service) tellIfRevoked(ctx context.Context, id string) {
	// A session that cannot be read is not remembered anywhere for long either.
	if session, err := s.Store.Session(ctx, id); err == nil && !session.RevokedAt.IsZero() {
		s.ended(id)
	}
}

func (s *Service) grant(uid social.UserID, created bool, refresh refreshToken) (Grant, error) {
	access, err := s.Tokens.mint(Pass{UID: uid, Session: refresh.session}, accessLife)
	if err != nil {
		return Grant{}, err
	}
	return Grant{UID: uid, NewUser: created, AccessToken: access, ExpiresIn: accessLife, RefreshToken: refresh.String()}, nil
}

// Logout ends the session of an access token: when it returns nobody gets in
// here by any token of the session, and within a second nobody elsewhere.
// CodeUnauthenticated, and CodeForbidden for a token that has no session to end.
func (s *Service) Logout(ctx context.Context, access string) error {
	pass, err := s.Tokens.Verify(access)
	if err != nil {
		return err
	}
	if pass.Session == "" {
		return social.Errorf(social.CodeForbidden, "This access token belongs to no login; it ends when it expires.")
	}
	err = s.Store.RevokeSession(ctx, pass.Session, s.Now())
	s.ended(pass.Session) // after an error, too: it may have been carried out
	return err
}

// Forget is told of sessions that were ended in the store by others than the
// service: when it returns nobody gets in here by them, and within a second
// nobody elsewhere.
func (s *Service) Forget(ids ...string) { s.ended(ids...) }

// ended forgets sessions here and tells the other nodes to.
func (s *Service) ended(ids ...string) {
	if len(ids) > 0 {
		s.cache.forget(ids...)
		s.pulse.tell(ids...)
		s.watchers.tell(ids)
	}
}

// Verify gives the user of an access token whose session stands.
// CodeUnauthenticated, and the errors of reading a session.
func (s *Service) Verify(ctx context.Context, access string) (social.UserID, error) {
	pass, err := s.Admit(ctx, access)
	return pass.UID, err
}

// Admit is Verify for whoever stays: it tells until when, and which session is
// to be watched meanwhile.
func (s *Service) Admit(ctx context.Context, access string) (Pass, error) {
	pass, err := s.Tokens.Verify(access)
	if err == nil {
		err = s.Stands(ctx, pass)
	}
	if err != nil {
		return Pass{}, err
	}
	return pass, nil
}

// Stands tells whether the session of a pass stands, as Verify does.
func (s *Service) Stands(ctx context.Context, pass Pass) error {
	now := s.Now()
	if pass.Session == "" || s.cache.stands(pass.Session, now) {
		return nil
	}
	reading := s.cache.begin()
	session, err := s.Store.Session(ctx, pass.Session)
	if err != nil {
		return err
	}
	if session.UID != pass.UID || !session.RevokedAt.IsZero() || !now.Before(session.ExpiresAt) {
		return social.Errorf(social.CodeUnauthenticated, "This login has ended. Log in again.")
	}
	s.cache.keep(pass.Session, reading, now, session.ExpiresAt)
	return nil
}

// MaskedPhone gives the number of a user as it may be shown to them, "" for
// people without one. CodeUserNotFound.
func (s *Service) MaskedPhone(ctx context.Context, uid social.UserID) (string, error) {
	sealed, err := s.Store.SealedPhone(ctx, uid)
	if err != nil || len(sealed) == 0 {
		return "", err
	}
	e164, err := s.Vault.Open(sealed)
	if err != nil {
		return "", err
	}
	return Phone{e164}.Masked(), nil
}
