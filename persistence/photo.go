package persistence

import (
	"context"
	"encoding/json"
	"time"

	"github.com/swiperhq/swiper/social"
)

// MaxPhotos is how many photos a user may have. One that is only kept until its
// replacement is approved does not count.
const MaxPhotos = 9

// PhotoID names a photo; ids start at 1.
type PhotoID int64

// PhotoState is what has been decided about a photo.
type PhotoState string

// The states. A pending photo is its user's alone to see. A rejected one is
// nobody's any more: it has no place, its objects go, and what is left is for
// operators to read.
const (
	PhotoPending  PhotoState = "pending"
	PhotoApproved PhotoState = "approved"
	PhotoRejected PhotoState = "rejected"
)

// PhotoStates lists the states.
func PhotoStates() []PhotoState { return []PhotoState{PhotoPending, PhotoApproved, PhotoRejected} }

// Picture is what a photo shows: the keys of its sizes in the store of media, and
// a few colours. Two sizes of a small original have the same key.
type Picture struct {
	Large, Medium, Small string
	BlurHash             string
}

// Video is what moves behind the picture of a video.
type Video struct {
	Key           string // in the store of media; "": it is a photo
	Duration      time.Duration
	Width, Height int // in pixels
}

// Photo is a picture that a user shows, or showed: a photo, or what is seen of a
// video before it moves.
type Photo struct {
	Picture

	Video Video
	ID    PhotoID
	UID   social.UserID
	State PhotoState
	// Replaced tells that it stays only until the pending photo that is to replace it
	// is approved.
	Replaced  bool
	CreatedAt time.Time
	DecidedAt time.Time // zero while it is pending
}

// Decision is what somebody decides about a photo.
type Decision struct {
	ID     PhotoID
	State  PhotoState // approved or rejected
	Change Change
	// DropAt is when the objects of a picture that this one replaces are to be
	// deleted; those of a rejected one are at once.
	DropAt time.Time
	// Event is what its user hears with EventPhoto.
	Event json.RawMessage
	// Then are enqueued if it is approved now.
	Then []Task
}

// Photos keeps what people show of themselves, in the order that they give it.
// The first approved photo is the avatar of their profile, after every call.
// Uploads adds to them.
type Photos interface {
	// PhotosOf gives uid's photos, pending ones included, in order; at most
	// MaxPhotos and one. CodeUserNotFound.
	PhotosOf(ctx context.Context, uid social.UserID) ([]Photo, error)

	// ShownPhotos gives those of uid's photos that are approved, in order.
	// CodeUserNotFound, also of who is suspended.
	ShownPhotos(ctx context.Context, uid social.UserID) ([]Photo, error)

	// VideosOf gives uid's video: the one that is shown behind a pending one, if there
	// are both. CodeUserNotFound.
	VideosOf(ctx context.Context, uid social.UserID) ([]Photo, error)

	// ShownVideos gives uid's video if it is approved. CodeUserNotFound, also of who is suspended.
	ShownVideos(ctx context.Context, uid social.UserID) ([]Photo, error)

	// Photo gives one photo or video, in whichever state. CodePhotoNotFound.
	Photo(ctx context.Context, id PhotoID) (Photo, error)

	// OrderPhotos puts uid's photos into the order of ids, which must be exactly
	// those that PhotosOf gives: else CodeInvalidRequest, and nothing has changed.
	// It gives them as they stand then. CodeUserNotFound.
	OrderPhotos(ctx context.Context, uid social.UserID, ids []PhotoID) ([]Photo, error)

	// DeletePhoto takes one of uid's photos away; its objects are to be dropped at
	// the given time, unless another photo shows them. CodePhotoNotFound;
	// CodeUserNotFound.
	DeletePhoto(ctx context.Context, uid social.UserID, id PhotoID, dropAt time.Time) error

	// DeleteVideos takes uid's video away, and one that is to replace it; its objects
	// are to be dropped at the given time. Nothing is done where there is none.
	// CodeUserNotFound.
	DeleteVideos(ctx context.Context, uid social.UserID, dropAt time.Time) error

	// ListPhotos gives photos and videos of all users in a state with ids below before (0:
	// from the latest), latest first, at most limit.
	ListPhotos(ctx context.Context, state PhotoState, before PhotoID, limit int) ([]Photo, error)

	// DecidePhoto approves or rejects a photo, with an entry in the audit, and gives
	// it as it stands then. What is so already stays so, without entry and event:
	// changed tells. CodePhotoNotFound, also when its user is gone; CodeInvalidRequest
	// for a photo that was rejected, which cannot be approved any more.
	DecidePhoto(ctx context.Context, d *Decision) (p Photo, changed bool, err error)
}
