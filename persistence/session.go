package persistence

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// MaxSessions is how many sessions a user has at most; a further one ends the
// one that was used least recently.
const MaxSessions = 100

// Session is one login. Its refresh tokens form a family: each is good once.
type Session struct {
	ID  string // random, 16–64 letters and digits
	UID social.UserID
	// Generation counts the refresh tokens given out, from 1; only the latest is good.
	Generation int64
	// Secret is the hash of the latest refresh token's secret.
	Secret    []byte
	CreatedAt time.Time
	UsedAt    time.Time
	ExpiresAt time.Time
	RevokedAt time.Time // zero: in force
}

// Sessions stores logins.
type Sessions interface {
	// CreateSession stores s (Generation 1) and gives the ids of the sessions it
	// ended because the user had MaxSessions. CodeUserNotFound,
	// CodeAccountSuspended.
	CreateSession(ctx context.Context, s Session) (ended []string, err error)

	// Session gives a session, revoked and expired ones too. CodeUnauthenticated if there is none.
	Session(ctx context.Context, id string) (Session, error)

	// RotateSession replaces the refresh token of the given generation, whose
	// secret hashes to old, by the next one, at the given time, and prolongs the
	// session. CodeUnauthenticated if the session is unknown, expired or revoked, or
	// if old does not fit; and if generation was replaced before, then the session
	// is revoked too, for one of two holders of that token is a thief. Of any number
	// of calls with one token at once, one succeeds at most.
	RotateSession(ctx context.Context, id string, generation int64, old, next []byte, at, expires time.Time) (Session, error)

	// RevokeSession ends a session; ending it again, or none, is no error.
	RevokeSession(ctx context.Context, id string, at time.Time) error
}
