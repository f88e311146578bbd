package persistence

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// SealedPhone is a phone number as it is stored: nobody without the key reads it.
type SealedPhone struct {
	Index  []byte // keyed hash, what accounts are looked up by
	Sealed []byte // ciphertext, for showing and for sending
}

// Accounts ties people to the phone numbers they come in by.
type Accounts interface {
	// SignIn gives the user of the phone, making one with an empty profile if
	// there is none; created tells which. phone is sealed under the current key;
	// former are the indexes of the same number under keys that are being replaced:
	// an account found by one of them is moved to phone. However many sign in with a
	// number at once, it gets one user, also while some callers have taken a new
	// key into use and others know it as one of former. A deleted account that is
	// not being erased is restored; the number of one that is, makes a new user.
	SignIn(ctx context.Context, phone SealedPhone, former [][]byte, at time.Time) (uid social.UserID, created bool, err error)

	// SealedPhone gives the ciphertext of uid's number, nil for people without one
	// (made-up ones). CodeUserNotFound.
	SealedPhone(ctx context.Context, uid social.UserID) ([]byte, error)
}
