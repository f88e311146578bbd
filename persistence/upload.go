package persistence

import (
	"context"
	"encoding/json"
	"time"

	"github.com/swiperhq/swiper/social"
)

// UploadID names an upload: 1 to 64 of a–z and 0–9.
type UploadID string

// Valid tells whether it can be some upload's.
func (id UploadID) Valid() bool {
	const most = 64
	for i := range len(id) {
		if c := id[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(id) > 0 && len(id) <= most
}

// UploadPurpose says what becomes of an upload.
type UploadPurpose string

// The purposes. An avatar takes the place of the user's first photo, a photo comes
// behind the last, a video takes the place of the user's video.
const (
	UploadAvatar UploadPurpose = "avatar"
	UploadPhoto  UploadPurpose = "photo"
	UploadVideo  UploadPurpose = "video"
)

// UploadState is where an upload stands.
type UploadState string

// The states. An open upload may arrive until it expires; an accepted one has a
// task that works at it; a done one was published or overtaken by a later one.
const (
	UploadOpen     UploadState = "open"
	UploadAccepted UploadState = "accepted"
	UploadDone     UploadState = "done"
	UploadFailed   UploadState = "failed"
)

// Upload is what somebody sent or may send.
type Upload struct {
	Seq       int64 // the order in which uploads were asked for
	ID        UploadID
	UID       social.UserID
	Purpose   UploadPurpose
	State     UploadState
	Direct    bool    // the client sends it to the store of media by itself
	Task      TaskID  // "" while it is open
	Published bool    // it is done, has become a photo, and if it is an avatar it was the latest
	Photo     PhotoID // that it has become; 0: none
	// Digest tells apart what was asked for under the same id; "" where nothing else
	// can have been.
	Digest    string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Acceptance is an upload that has arrived.
type Acceptance struct {
	ID UploadID
	// UID is whose it must be.
	UID social.UserID
	// Data is kept with it, for want of a store of media that answers; nil: it is there.
	Data []byte
	// MostData bounds the bytes of all uploads kept so.
	MostData int64
	At       time.Time
	// Task publishes it.
	Task Task
}

// Publication is what was made of an upload.
type Publication struct {
	Picture

	Video Video // what moves; zero of an avatar and a photo
	ID    UploadID
	// State is what the reviewer says.
	State PhotoState
	Keys  []string // every object of it, as ClaimObjects recorded them
	At    time.Time
	// DropAt is when the objects of a picture that it replaces are to be deleted.
	DropAt time.Time
	// Event is what its user hears with EventTask.
	Event json.RawMessage
	// Then are enqueued with it if it is published.
	Then []Task
}

// UploadLate is how long after its end an upload may still be told to have arrived.
// Nobody forgets it before.
const UploadLate = time.Hour

// DropHalted is how long after its beginning a deletion counts as broken off. Nobody
// who began one works at it for so long.
const DropHalted = 15 * time.Minute

// Uploads keeps what people sent until it is published, and the list of published objects.
type Uploads interface {
	// OpenUpload records an upload and gives it with its place in the order. One
	// that is there already under this id and user is given as it stands.
	// CodeRateLimited when the user has most others under way: accepted and its task
	// has not ended, or open and not expired at CreatedAt. CodeTooManyPhotos for a
	// photo when MaxPhotos are there or under way. CodeIdempotencyMismatch when what
	// is there was asked for with another purpose or digest. CodeUserNotFound.
	OpenUpload(ctx context.Context, u Upload, most int) (Upload, error)

	// AcceptUpload makes an open upload, expired since UploadLate at most, an accepted
	// one together with its task. An upload that was accepted before gives the task of then.
	// CodeUploadNotFound if the user has none by this id; CodeUnavailable when Data
	// would be too much.
	AcceptUpload(ctx context.Context, a *Acceptance) (TaskID, error)

	// Upload gives one upload. CodeUploadNotFound.
	Upload(ctx context.Context, id UploadID) (Upload, error)

	// UploadData gives the bytes kept with an upload; nil: none.
	UploadData(ctx context.Context, id UploadID) ([]byte, error)

	// ClaimObjects records the objects that are about to be stored for an upload,
	// all or none. What was to be deleted is kept after all; CodeUnavailable while
	// one of them is just being deleted. CodeUploadNotFound.
	ClaimObjects(ctx context.Context, id UploadID, keys []string, at time.Time) error

	// PublishUpload ends an accepted upload: it becomes a photo, or a video, which
	// is to other videos what an avatar is to the photos. A photo comes behind
	// the others. An avatar comes first and takes the place of the photo that was
	// first, and of one that was to become the avatar and is pending; while it is pending
	// itself, an approved one stays behind it until it is approved. An avatar that
	// was asked for before one that is published becomes nothing, and what is rejected has
	// no place; the objects of what has none are to be dropped. It gives the upload as
	// it stands then, also when that was before. CodeUploadNotFound; CodeUnavailable
	// when an object is not claimed (any more); CodeTooManyPhotos; CodeUserNotFound.
	PublishUpload(ctx context.Context, p *Publication) (Upload, error)

	// FailUpload ends an upload that has not ended, for good; its user hears event.
	// The bytes kept with it go, and its claimed objects are to be dropped.
	FailUpload(ctx context.Context, id UploadID, at time.Time, event json.RawMessage) error

	// ForgetUpload deletes what is known of an upload, bytes included.
	ForgetUpload(ctx context.Context, id UploadID) error

	// ListUploads gives uploads in a state that were asked for before then, the
	// oldest first.
	ListUploads(ctx context.Context, state UploadState, before time.Time, limit int) ([]Upload, error)

	// BeginDrop gives at most limit objects that are to be deleted: dropped ones
	// that are due, those claimed before stale for an upload that never ended, and
	// those whose deletion began DropHalted before now. Nobody else may claim them
	// until EndDrop.
	BeginDrop(ctx context.Context, now, stale time.Time, limit int) ([]string, error)

	// EndDrop forgets objects that BeginDrop gave and that are deleted now.
	EndDrop(ctx context.Context, keys []string) error
}
