package uploads

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// Bounds of what is under way.
const (
	// mostLive is how many uploads of a user may be under way: the next one would
	// replace them anyway.
	mostLive = 3
	// ticketLife is how long a client may take to send an upload by itself.
	ticketLife = 10 * time.Minute
	// acceptLife is how long an upload counts that broke off on its way through us.
	acceptLife = time.Minute
	// stageTime is how long a store of media may take while somebody waits, and
	// mibTime how much longer for each MiB; after that the database keeps the bytes,
	// which has keepTime for it.
	stageTime = 3 * time.Second
	mibTime   = time.Second
	keepTime  = 2500 * time.Millisecond
	// mostData bounds what the database keeps so, of all users, in bytes.
	mostData = 1 << 30
)

// Store is what of persistence uploads need.
type Store interface {
	persistence.Uploads
	persistence.Photos
	User(ctx context.Context, id social.UserID) (social.User, error)
}

// Transfers works at what is moved to and from the store of media: so much at a
// time, apart from everything else, and not while the store is known to be down.
type Transfers interface {
	// Transfer runs do with the store. CodeUnavailable when the store is down, CodeTimeout
	// when there is no room before ctx ends; CodeInternal when do panics; else do's error.
	Transfer(ctx context.Context, do func(ctx context.Context, store media.Store) error) error
}

// Transcoder makes videos fit to be published; *video.Transcoder is one.
type Transcoder interface {
	Transcode(ctx context.Context, owner string, b []byte) (*video.Clip, error)
}

// Options of New. All but Transcoder, Reviewer, Hint, Now and Logger are required.
type Options struct {
	Store     Store
	Media     media.Store
	Transfers Transfers
	Cleaner   *picture.Cleaner
	// Transcoder works at videos; nil: none are taken, CodeVideoUnsupported.
	Transcoder Transcoder
	Reviewer   Reviewer // nil: ApproveAll
	// Hint is called once an event for uid has been committed. It must not block.
	// nil: nobody hears.
	Hint   func(uid social.UserID, kind social.EventKind)
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discards
}

// Service is the pipeline. It is safe for concurrent use.
type Service struct{ o Options }

// New makes a service.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Media == nil || o.Transfers == nil || o.Cleaner == nil {
		return nil, errors.New("uploads: Store, Media, Transfers and Cleaner are required")
	}
	if o.Reviewer == nil {
		o.Reviewer = ApproveAll()
	}
	if o.Hint == nil {
		o.Hint = func(social.UserID, social.EventKind) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{o}, nil
}

// URL is where everybody reads the object of a key that a profile shows; "" for none.
func (s *Service) URL(key string) string {
	if key == "" {
		return ""
	}
	return s.o.Media.URL(media.Key(key))
}

// PublishArgs name the upload to publish.
type PublishArgs struct {
	Upload persistence.UploadID `json:"upload"`
}

// PublishKind publishes a picture. A store that is down for hours loses none.
func PublishKind() tasks.Kind[PublishArgs] {
	return tasks.Kind[PublishArgs]{Name: "picture.publish", Queue: tasks.Uploads, MaxAttempts: 100, Timeout: 2 * time.Minute}
}

// VideoKind publishes a video.
func VideoKind() tasks.Kind[PublishArgs] {
	return tasks.Kind[PublishArgs]{Name: "video.publish", Queue: tasks.Videos, MaxAttempts: 100, Timeout: 10 * time.Minute}
}

// kindOf is the kind of the task that works at what was sent for a purpose.
func kindOf(p persistence.UploadPurpose) tasks.Kind[PublishArgs] {
	if p == persistence.UploadVideo {
		return VideoKind()
	}
	return PublishKind()
}

// PrefetchArgs name the objects that a CDN is to fetch.
type PrefetchArgs struct {
	Keys []media.Key `json:"keys"`
}

// PrefetchKind makes the CDN fetch new pictures before anybody asks for them.
func PrefetchKind() tasks.Kind[PrefetchArgs] {
	return tasks.Kind[PrefetchArgs]{Name: "picture.prefetch", Queue: tasks.CDN, MaxAttempts: 5}
}

// SweepKind clears away what is not needed any more.
func SweepKind() tasks.Kind[struct{}] {
	return tasks.Kind[struct{}]{Name: "upload.sweep", Queue: tasks.Upkeep, MaxAttempts: 20, Timeout: 10 * time.Minute}
}

// publishing makes the task of an upload: one, whoever asks how often.
func publishing(u *persistence.Upload) (persistence.Task, error) {
	task, err := kindOf(u.Purpose).New(PublishArgs{u.ID})
	task.Owner, task.Unique, task.Once = u.UID, string(u.ID), true
	return task, err
}
