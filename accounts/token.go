package accounts

import (
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/swiperhq/swiper/social"
)

const (
	tokenIssuer = "swiper"
	maxToken    = 1024 // bytes; ours have under 300
)

// Tokens mints and verifies access tokens: JWTs signed with HS256, whose
// subject is the user.
type Tokens struct {
	key    []byte
	parser *jwt.Parser
	now    func() time.Time
	seen   verified
}

// Pass is what an access token says.
type Pass struct {
	UID social.UserID
	// Session is the login it was given for; "" for a token that operators
	// minted, which is good until it expires.
	Session   string
	ExpiresAt time.Time // of the token; in whole seconds
}

type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid,omitempty"`
}

// NewTokens signs with key; nodes that share it accept each other's tokens.
func NewTokens(key []byte, now func() time.Time) *Tokens {
	return &Tokens{key: key, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(tokenIssuer),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)}
}

// Mint makes a token for uid that lasts for ttl, counted in whole seconds, and
// belongs to no session. CodeInvalidRequest for a uid below 1 or a ttl under a second.
func (t *Tokens) Mint(uid social.UserID, ttl time.Duration) (string, error) {
	return t.mint(Pass{UID: uid}, ttl)
}

func (t *Tokens) mint(p Pass, ttl time.Duration) (string, error) {
	if p.UID < 1 || ttl < time.Second {
		return "", social.Errorf(social.CodeInvalidRequest, "A token needs a user id of at least 1 and a lifetime of at least a second.")
	}
	now := t.now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		jwt.RegisteredClaims{
			Issuer: tokenIssuer, Subject: strconv.FormatInt(int64(p.UID), 10),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
		}, p.Session,
	}).SignedString(t.key)
}

// Verify gives what a token says that is ours and has not expired, else
// CodeUnauthenticated. It asks neither whether the user still exists nor
// whether the session still stands.
func (t *Tokens) Verify(token string) (Pass, error) {
	if len(token) > maxToken {
		return Pass{}, badToken(nil)
	}
	d := digestOf(token)
	if p, ok := t.seen.get(d, t.now()); ok {
		return p, nil
	}
	var c claims
	if _, err := t.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.key, nil }); err != nil {
		return Pass{}, badToken(err)
	}
	uid, err := strconv.ParseInt(c.Subject, 10, 64)
	if err != nil || uid < 1 || (c.Session != "" && !isSessionID(c.Session)) {
		return Pass{}, badToken(err)
	}
	p := Pass{UID: social.UserID(uid), Session: c.Session, ExpiresAt: time.Unix(c.ExpiresAt.Unix(), 0)}
	t.seen.put(d, goodOf(p))
	return p, nil
}

func badToken(cause error) error {
	return &social.Error{Code: social.CodeUnauthenticated, Message: "The access token is not valid or has expired.", Cause: cause}
}
