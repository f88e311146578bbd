package persistence

import (
	"context"
	"iter"

	"github.com/swiperhq/swiper/social"
)

// Users stores people.
type Users interface {
	// User gives one user. CodeUserNotFound if there is none or it was deleted.
	User(ctx context.Context, id social.UserID) (social.User, error)

	// UpdateProfile applies the patch to the user as it stands in the transaction
	// and gives the result. CodeUserNotFound; the errors of ProfilePatch.Apply,
	// which leave everything as it was. today is the day on which ages are told.
	UpdateProfile(ctx context.Context, id social.UserID, patch social.ProfilePatch, today social.Date) (social.User, error)

	// CountUsers tells how many users there are, deleted ones included.
	CountUsers(ctx context.Context) (int64, error)

	// InsertUsers stores people under the ids they carry, as fast as the engine
	// can and with flat memory, and gives how many were stored. Later sign-ups
	// continue after the highest id. An id that exists is an error, and then
	// nothing is stored.
	InsertUsers(ctx context.Context, users iter.Seq[social.User]) (int64, error)
}
