package persistence

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"github.com/swiperhq/swiper/social"
)

// ExportID names an export: opaque, 26 of a–z and 2–7 that cannot be guessed.
type ExportID string

// NewExportID draws an id.
func NewExportID() ExportID { return ExportID(strings.ToLower(rand.Text())) }

// ExportState is where an export stands.
type ExportState string

// The states. An accepted export has a task that works at it, or is as good as failed;
// a ready one can be read until it expires.
const (
	ExportAccepted ExportState = "accepted"
	ExportReady    ExportState = "ready"
	ExportFailed   ExportState = "failed"
)

// Export is what is gathered of a user's data for that user.
type Export struct {
	ID        ExportID
	UID       social.UserID
	Task      TaskID
	State     ExportState
	Key       string // of the object of the latest attempt; "": none yet
	Size      int64  // in bytes, of a ready one
	CreatedAt time.Time
	ExpiresAt time.Time // zero until it is ready
}

// ExportBound is how many exports a user may have made within a time.
type ExportBound struct {
	Most   int
	Within time.Duration
}

// FinishedExport is an export whose object is stored.
type FinishedExport struct {
	ID        ExportID
	Key       string // as ClaimExport recorded it
	Size      int64  // in bytes
	At        time.Time
	ExpiresAt time.Time // when the object is to be deleted
	// Event is what its user hears with EventTask.
	Event json.RawMessage
	// Then are enqueued with it.
	Then []Task
}

// Exports keeps what people have asked for of their data. Its objects are on the
// list that Uploads.BeginDrop gives from.
type Exports interface {
	ExportSource

	// RequestExport records an export together with its task, and gives it. If uid
	// has one under way, or one that is ready and has not expired at CreatedAt, that
	// one is given and nothing is made. CodeRateLimited when the user has had too
	// many made; CodeUserNotFound.
	RequestExport(ctx context.Context, e Export, bound ExportBound, task Task) (Export, error)

	// Export gives one export. CodeExportNotFound.
	Export(ctx context.Context, id ExportID) (Export, error)

	// LatestExport gives the one that uid asked for last; as failed if it is accepted
	// and its task has ended. CodeExportNotFound.
	LatestExport(ctx context.Context, uid social.UserID) (Export, error)

	// ClaimExport records the object that is about to be stored for an accepted
	// export. That of an attempt before is to be deleted at dropAt, when nobody
	// stores it any more. CodeExportNotFound; CodeUnavailable when another attempt has
	// just ended the export.
	ClaimExport(ctx context.Context, id ExportID, key string, at, dropAt time.Time) error

	// FinishExport makes an accepted export ready and gives it; one that is ready
	// stays as it is. CodeExportNotFound, also when it has failed; CodeUnavailable when
	// the object is not claimed (any more); CodeUserNotFound.
	FinishExport(ctx context.Context, f *FinishedExport) (Export, error)

	// FailExport ends an accepted export for good, if there is one; its user hears
	// event (nil: nothing), and its object is to be dropped.
	FailExport(ctx context.Context, id ExportID, at time.Time, event json.RawMessage) error
}

// QuotaUse is what a user used of an action on a day.
type QuotaUse struct {
	Day    social.Date
	Action social.Action
	Used   int
}

// ExportSource reads all there is of a user, in slices: each call gives at most
// limit rows behind the given one, in an order that holds, and costs no more
// where there is much.
type ExportSource interface {
	// SwipesAfter gives uid's standing swipes, tombstones included, of people with
	// ids above sid, ascending.
	SwipesAfter(ctx context.Context, uid, sid social.UserID, limit int) ([]PastSwipe, error)

	// QuotasAfter gives what uid used, by day and then action; zero: from the start.
	QuotasAfter(ctx context.Context, uid social.UserID, after QuotaUse, limit int) ([]QuotaUse, error)

	// UploadsAfter gives uid's uploads with a Seq above seq, ascending.
	UploadsAfter(ctx context.Context, uid social.UserID, seq int64, limit int) ([]Upload, error)

	// ObjectsAfter gives the keys of what of uid is published now, ascending.
	ObjectsAfter(ctx context.Context, uid social.UserID, key string, limit int) ([]string, error)
}
