package api

import (
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/swiperhq/swiper/social"
)

const (
	tokenIssuer = "swiper"
	maxToken    = 1024 // bytes; ours have under 200
	minKey      = 16   // bytes of a signing key
)

// Tokens mints and verifies access tokens: JWTs signed with HS256, whose
// subject is the user.
type Tokens struct {
	key    []byte
	parser *jwt.Parser
	now    func() time.Time
}

// NewTokens signs with key; nodes that share it accept each other's tokens.
func NewTokens(key []byte, now func() time.Time) *Tokens {
	return &Tokens{key: key, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(tokenIssuer),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)}
}

// Mint makes a token for uid that lasts for ttl, counted in whole seconds.
// CodeInvalidRequest for a uid below 1 or a ttl under a second.
func (t *Tokens) Mint(uid social.UserID, ttl time.Duration) (string, error) {
	if uid < 1 || ttl < time.Second {
		return "", social.Errorf(social.CodeInvalidRequest, "A token needs a user id of at least 1 and a lifetime of at least a second.")
	}
	now := t.now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: tokenIssuer, Subject: strconv.FormatInt(int64(uid), 10),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
	}).SignedString(t.key)
}

// Verify gives the user of a token that is ours and has not expired, else
// CodeUnauthenticated. It does not ask whether the user still exists.
func (t *Tokens) Verify(token string) (social.UserID, error) {
	if len(token) > maxToken {
		return 0, badToken(nil)
	}
	var claims jwt.RegisteredClaims
	if _, err := t.parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return t.key, nil }); err != nil {
		return 0, badToken(err)
	}
	uid, err := strconv.ParseInt(claims.Subject, 10, 64)
	if err != nil || uid < 1 {
		return 0, badToken(err)
	}
	return social.UserID(uid), nil
}

func badToken(cause error) error {
	return &social.Error{Code: social.CodeUnauthenticated, Message: "The access token is not valid or has expired.", Cause: cause}
}
